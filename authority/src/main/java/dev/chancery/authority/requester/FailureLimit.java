package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Slows guessing down: so many wrong secrets per address and minute, then refusals until the
/// minute is over. Holds a bounded number of addresses. Thread-safe.
public final class FailureLimit {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MAX_ADDRESSES = 100_000;

  private record Window(Instant start, int failures) {}

  private final Map<String, Window> windows = new ConcurrentHashMap<>();
  private final int perMinute;
  private final Clock clock;

  /// A limit.
  ///
  /// @param perMinute wrong secrets that one address may send within a minute
  public FailureLimit(int perMinute, Clock clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  void refuseIfExceeded(String address) {
    Window window = windows.get(address);
    if (window != null && isOpen(window) && window.failures() >= perMinute) {
      throw new RefusedException(
          Refusal.Code.RATE_LIMITED,
          "too many wrong secrets came from " + address,
          "wait a minute before trying again");
    }
  }

  void count(String address) {
    if (windows.size() >= MAX_ADDRESSES) {
      windows.values().removeIf(window -> !isOpen(window));
      if (windows.size() >= MAX_ADDRESSES) {
        // Who commands that many addresses is not slowed down by counting one of them; memory is.
        windows.clear();
      }
    }
    windows.merge(
        address,
        new Window(clock.instant(), 1),
        (old, fresh) -> isOpen(old) ? new Window(old.start(), old.failures() + 1) : fresh);
  }

  /// How many addresses are held.
  int addresses() {
    return windows.size();
  }

  private boolean isOpen(Window window) {
    return clock.instant().isBefore(window.start().plus(WINDOW));
  }
}
