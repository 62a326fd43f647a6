package dev.chancery.faults.harmed;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A signal that a process sends to itself. No handler runs and nothing is flushed; the thread that
/// raises it does not come to its next instruction.
enum Signal {
  KILL(9),
  STOP(19);

  @SuppressWarnings("restricted") // raise(3) takes a number and returns one: nothing of memory.
  private static final MethodHandle RAISE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("raise"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /// Links the system call now, so that nothing is left to be done at the fault point.
  static void prepare() {
    try {
      int nothing = (int) RAISE.invokeExact(0);
      if (nothing != 0) {
        throw new IllegalStateException("raise(3) does not work here");
      }
    } catch (Throwable e) {
      throw new IllegalStateException("raise(3) cannot be called", e);
    }
  }

  void raise() {
    try {
      int result = (int) RAISE.invokeExact(number);
      if (result != 0) {
        throw new IllegalStateException("raise(3) failed");
      }
    } catch (Throwable e) {
      throw new IllegalStateException("the signal could not be raised", e);
    }
  }
}
