package dev.chancery.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// Reacts to the operating system's signals. `sun.misc.Signal` is the only way, exported for this
/// purpose by `jdk.unsupported`; it is called by name because the compiler warns about every
/// mention of it and warnings are errors here.
final class Signals {
  private Signals() {}

  /// Runs `action` each time the process gets the signal, such as `HUP`. Where the platform does
  /// not have it, or the JVM uses it itself, nothing happens.
  ///
  /// @return true if it is handled from now on
  static boolean on(String name, Runnable action) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      MethodHandle run =
          MethodHandles.dropArguments(
              MethodHandles.lookup()
                  .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                  .bindTo(action),
              0,
              signal);
      Object ours = MethodHandleProxies.asInterfaceInstance(handler, run);
      Object named =
          lookup
              .findConstructor(signal, MethodType.methodType(void.class, String.class))
              .invoke(name);
      Object _ =
          lookup
              .findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
              .invoke(named, ours);
      return true;
    } catch (IllegalArgumentException | ReflectiveOperationException unsupported) {
      return false;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot handle the signal " + name, e);
    }
  }

  /// Sends the signal to this process, which shall have an action for it by [#on].
  static void raise(String name) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> signal = Class.forName("sun.misc.Signal");
      Object named =
          lookup
              .findConstructor(signal, MethodType.methodType(void.class, String.class))
              .invoke(name);
      lookup.findStatic(signal, "raise", MethodType.methodType(void.class, signal)).invoke(named);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot raise the signal " + name, e);
    }
  }
}
