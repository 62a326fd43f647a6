package dev.chancery.transport;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/// When to ask again, as `Retry-After` says it (RFC 9110 §10.2.3).
public sealed interface RetryAfter {
  /// A number of seconds.
  record Delay(Duration duration) implements RetryAfter {}

  /// A point in time.
  record At(Instant instant) implements RetryAfter {}

  /// How long that is from `now` on; zero if it is over.
  default Duration from(Instant now) {
    return switch (this) {
      case Delay delay -> delay.duration();
      case At at -> at.instant().isAfter(now) ? Duration.between(now, at.instant()) : Duration.ZERO;
    };
  }

  /// Reads either form, or gives nothing if `text` is neither. Nine digits are more than anybody
  /// waits for; longer numbers are none.
  static Optional<RetryAfter> parse(String text) {
    String value = text.strip();
    if (Seconds.SYNTAX.matcher(value).matches()) {
      return Optional.of(new Delay(Duration.ofSeconds(Long.parseLong(value))));
    }
    try {
      return Optional.of(new At(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from)));
    } catch (DateTimeException notADate) {
      return Optional.empty();
    }
  }

  /// The first form's syntax.
  final class Seconds {
    private static final Pattern SYNTAX = Pattern.compile("[0-9]{1,9}");

    private Seconds() {}
  }
}
