package dev.chancery.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lengths of time and points in time as people type them: `90s`, `15m`, `24h`, `7d`, `2w`, and
/// `2030-01-31` or `2030-01-31T12:00:00Z`.
final class Lifetime {
  private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,6})(s|m|h|d|w)");

  private Lifetime() {}

  /// Reads a length of time.
  ///
  /// @throws FailedException if it is none
  static Duration parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw FailedException.usage(
          "\"" + text + "\" is no length of time", "write it like 90s, 15m, 24h, 7d or 2w");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      case "d" -> Duration.ofDays(number);
      default -> Duration.ofDays(7 * number);
    };
  }

  /// Reads a day (its first instant in UTC) or an instant.
  ///
  /// @throws FailedException if it is none
  static Instant parseInstant(String text) {
    try {
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeException e) {
      throw FailedException.usage(
          "\"" + text + "\" is no point in time",
          "write it like 2030-01-31 or 2030-01-31T12:00:00Z (UTC)");
    }
  }

  /// The two largest units: `2 d 3 h`, `5 min 10 s`, `7 s`.
  static String text(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds >= 86_400) {
      return seconds / 86_400 + " d " + seconds % 86_400 / 3600 + " h";
    }
    if (seconds >= 3600) {
      return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }
    return seconds >= 60 ? seconds / 60 + " min " + seconds % 60 + " s" : seconds + " s";
  }
}
