package dev.chancery.agent;

import java.time.Duration;
import java.time.Instant;

/// Lets through so many in a minute, evenly after a first burst of a tenth. Not thread-safe.
final class Rate {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final double perMilli;
  private final double burst;
  private double tokens;
  private Instant last;

  Rate(int perMinute, Instant now) {
    this.perMilli = (double) perMinute / MINUTE.toMillis();
    this.burst = Math.max(1, perMinute / 10.0);
    this.tokens = burst;
    this.last = now;
  }

  /// Takes one if there is one.
  boolean take(Instant now) {
    long passed = Math.max(0, Duration.between(last, now).toMillis());
    tokens = Math.min(burst, tokens + passed * perMilli);
    last = now;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }

  /// How long until there is one again.
  Duration untilNext() {
    return Duration.ofMillis((long) Math.ceil((1 - tokens) / perMilli));
  }
}
