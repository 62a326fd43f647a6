package dev.chancery.authority;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Counts questions about a dialogue, by the minute. Holds a bounded number of dialogues, and
/// forgets them all with the process: it spares work and protects no secret. Thread-safe.
final class Pace {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MAX_NAMES = 100_000;

  private record Window(Instant start, int questions) {}

  private final Map<String, Window> windows = new ConcurrentHashMap<>();
  private final int perMinute;
  private final Clock clock;

  /// A pace.
  ///
  /// @param perMinute questions about one dialogue that are as they should be
  Pace(int perMinute, Clock clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  /// Counts a question.
  ///
  /// @return true if there have been too many
  boolean isExceededBy(String name) {
    Instant now = clock.instant();
    if (windows.size() >= MAX_NAMES) {
      windows.values().removeIf(window -> !isOpen(window, now));
      if (windows.size() >= MAX_NAMES) {
        windows.clear();
      }
    }
    Window counted =
        windows.merge(
            name,
            new Window(now, 1),
            (old, fresh) ->
                isOpen(old, now) ? new Window(old.start(), old.questions() + 1) : fresh);
    return counted.questions() > perMinute;
  }

  private static boolean isOpen(Window window, Instant now) {
    return now.isBefore(window.start().plus(WINDOW));
  }
}
