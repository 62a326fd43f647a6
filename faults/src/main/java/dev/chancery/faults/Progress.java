package dev.chancery.faults;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/// Tells what is going on and about how long it still takes. Thread-safe.
final class Progress {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintStream out;
  private final int all;
  private final ReentrantLock telling = new ReentrantLock();
  private final long begun = System.nanoTime();
  private long told = begun;
  private int done;
  private int failed;

  Progress(PrintStream out, int all) {
    this.out = out;
    this.all = all;
  }

  void say(String message) {
    out.println("faults: " + message);
  }

  /// A round is over.
  void over(RoundResult round) {
    telling.lock();
    try {
      done++;
      if (!round.violations().isEmpty()) {
        failed++;
        tell("life " + round.life() + ", round " + round.number(), round.violations());
      }
      long now = System.nanoTime();
      if (now - told >= INTERVAL_NANOS || done == all) {
        told = now;
        double left = (now - begun) / 1e9 / done * (all - done);
        out.printf(
            Locale.ROOT,
            "faults: %,d of %,d rounds, %s, about %d:%02d min left%n",
            done,
            all,
            failed == 0 ? "all well" : failed + " FAILED",
            (int) left / 60,
            (int) left % 60);
      }
    } finally {
      telling.unlock();
    }
  }

  void tell(String where, List<String> violations) {
    violations.forEach(violation -> out.println("faults: FAILED " + where + ": " + violation));
  }
}
