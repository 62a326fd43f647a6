package dev.chancery.est.client;

import java.time.Duration;

/// How long to wait for a decision (EST-123), whatever the server says.
///
/// @param shortest between two questions; at least a second
/// @param longest between two questions; at least `shortest`
/// @param total from the first answer on, after which the client gives up
public record Patience(Duration shortest, Duration longest, Duration total) {
  /// Between a second and a day, for a week.
  public static final Patience DEFAULT =
      new Patience(Duration.ofSeconds(1), Duration.ofDays(1), Duration.ofDays(7));

  public Patience {
    if (shortest.compareTo(Duration.ofSeconds(1)) < 0
        || longest.compareTo(shortest) < 0
        || total.isNegative()) {
      throw new IllegalArgumentException("a second <= shortest <= longest, and total >= 0");
    }
  }

  /// As [#DEFAULT], but no longer than `total` in all.
  public static Patience upTo(Duration total) {
    return new Patience(DEFAULT.shortest, DEFAULT.longest, total);
  }

  /// `wished` within the bounds.
  Duration bounded(Duration wished) {
    if (wished.compareTo(shortest) < 0) {
      return shortest;
    }
    return wished.compareTo(longest) > 0 ? longest : wished;
  }
}
