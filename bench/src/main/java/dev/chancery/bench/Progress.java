package dev.chancery.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/// Tells on stderr what is being done and about how long it still takes. Thread-safe.
final class Progress {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(2).toNanos();

  private final PrintStream out;
  private long begun = System.nanoTime();
  private long told = begun;
  private String what = "";

  Progress(PrintStream out) {
    this.out = out;
  }

  /// A new step begins.
  synchronized void begin(String step) {
    what = step;
    begun = System.nanoTime();
    told = begun;
    out.println("bench: " + step);
  }

  /// The countable part of the step begins now.
  synchronized void restart() {
    begun = System.nanoTime();
    told = begun;
  }

  /// `done` of `all` parts of the step are done.
  synchronized void at(long done, long all) {
    long now = System.nanoTime();
    if (now - told < INTERVAL_NANOS || done == 0) {
      return;
    }
    told = now;
    double left = (now - begun) / 1e9 / done * (all - done);
    out.printf(Locale.ROOT, "bench: %s: %,d of %,d, about %.0f s left%n", what, done, all, left);
  }

  /// Something the person should know.
  synchronized void say(String message) {
    out.println("bench: " + message);
  }
}
