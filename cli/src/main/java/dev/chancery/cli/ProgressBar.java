package dev.chancery.cli;

import dev.chancery.server.admin.Progress;
import java.time.Duration;

/// A bar with the time left, on one line of stderr; shown only to people, and only for work that
/// takes longer than a second.
final class ProgressBar implements Progress, AutoCloseable {
  private static final int WIDTH = 30;
  private static final long PATIENCE_NANOS = 1_000_000_000L;
  private static final long INTERVAL_NANOS = 100_000_000L;
  private static final String ERASE_LINE = "\r\u001b[K";

  private final Terminal terminal;
  private final String work;
  private final long begun = System.nanoTime();
  private long lastShown;
  private boolean shown;

  ProgressBar(Terminal terminal, String work) {
    this.terminal = terminal;
    this.work = work;
  }

  @Override
  public void at(long done, long total) {
    long now = System.nanoTime();
    long elapsed = now - begun;
    boolean tooSoon = elapsed < PATIENCE_NANOS || (shown && now - lastShown < INTERVAL_NANOS);
    if (!terminal.interactive() || total <= 0 || tooSoon) {
      return;
    }
    shown = true;
    lastShown = now;
    double share = Math.min(1.0, (double) done / total);
    int filled = (int) (share * WIDTH);
    terminal
        .err()
        .printf(
            "%schancery: %s [%s%s] %3d %% %s",
            ERASE_LINE,
            work,
            "#".repeat(filled),
            " ".repeat(WIDTH - filled),
            (int) (share * 100),
            timeLeft(elapsed, share));
    terminal.err().flush();
  }

  private static String timeLeft(long elapsedNanos, double share) {
    if (share <= 0) {
      return "";
    }
    return Lifetime.text(Duration.ofSeconds((long) (elapsedNanos / 1e9 * (1 - share) / share)))
        + " left";
  }

  /// Takes the bar away.
  @Override
  public void close() {
    if (shown) {
      terminal.err().print(ERASE_LINE);
      terminal.err().flush();
    }
  }
}
