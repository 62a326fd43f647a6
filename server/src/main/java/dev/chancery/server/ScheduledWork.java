package dev.chancery.server;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the server does of itself from time to time, one thing after the other. A failure is logged
/// and tried again at the next turn.
final class ScheduledWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduledWork.class);

  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("scheduled-work").factory());

  /// Does `work` every `interval`, for the first time after one interval.
  void every(Duration interval, String name, Runnable work) {
    schedule(interval, interval, name, work);
  }

  /// Does `work` as soon as nothing else is being done, and again every `interval`.
  void atOnceAndEvery(Duration interval, String name, Runnable work) {
    schedule(Duration.ZERO, interval, name, work);
  }

  private void schedule(Duration first, Duration interval, String name, Runnable work) {
    var _ =
        executor.scheduleWithFixedDelay(
            () -> attempt(name, work),
            first.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static void attempt(String name, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("work", name).log("scheduled work failed");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
