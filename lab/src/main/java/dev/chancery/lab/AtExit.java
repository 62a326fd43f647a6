package dev.chancery.lab;

/// Puts things away when the program ends before whoever works with them has: an interrupted
/// experiment shall leave no programs at work and no disks mounted.
public final class AtExit implements AutoCloseable {
  private final Runnable work;
  private final Thread hook;

  private AtExit(Runnable work) {
    this.work = work;
    this.hook = new Thread(work);
  }

  /// Does `work` when the program ends, unless [#close] has done it before.
  public static AtExit of(Runnable work) {
    AtExit atExit = new AtExit(work);
    Runtime.getRuntime().addShutdownHook(atExit.hook);
    return atExit;
  }

  /// Does it now, and no more when the program ends.
  @Override
  public void close() {
    try {
      work.run();
    } finally {
      forget();
    }
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // This program ends, and the hook is under way.
      return;
    }
  }
}
