package dev.chancery.est.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// How time passes until a server is asked again. A service passes it with whatever else it waits
/// for; a test lets its clock run.
@FunctionalInterface
public interface Waiting {
  /// Looks at the clock this often, since a machine may be suspended meanwhile.
  Duration LONGEST_NAP = Duration.ofMinutes(1);

  /// Returns at `until` or later.
  ///
  /// @throws InterruptedException if the thread is told to stop
  void until(Instant until) throws InterruptedException;

  /// Waits until `clock` says that it is time.
  static Waiting on(Clock clock) {
    return until -> {
      ReentrantLock lock = new ReentrantLock();
      Condition never = lock.newCondition();
      lock.lockInterruptibly();
      try {
        for (Duration left = Duration.between(clock.instant(), until);
            left.isPositive();
            left = Duration.between(clock.instant(), until)) {
          never.awaitNanos((left.compareTo(LONGEST_NAP) < 0 ? left : LONGEST_NAP).toNanos());
        }
      } finally {
        lock.unlock();
      }
    };
  }
}
