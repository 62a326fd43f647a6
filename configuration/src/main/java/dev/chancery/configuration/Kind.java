package dev.chancery.configuration;

import dev.chancery.pki.MalformedException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a setting's value must look like.
///
/// @param description for the reference, such as `duration`
/// @param reader throws [MalformedException] with a sentence if the value is another
public record Kind<T>(String description, Function<Written, T> reader) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d|w|y)");
  private static final Pattern FRACTION =
      Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)(?:/([1-9]\\d{0,3})|(%))?");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(B|KiB|MiB)?");

  public T read(Written value) {
    return reader.apply(value);
  }

  public static Kind<String> text() {
    return scalar("text", text -> text);
  }

  /// Text that `parse` understands.
  public static <T> Kind<T> scalar(String description, Function<String, T> parse) {
    return new Kind<>(
        description,
        value -> {
          if (value instanceof Written.Scalar scalar) {
            return parse.apply(scalar.text());
          }
          throw new MalformedException("this must be one value (" + description + ")");
        });
  }

  /// Text that fits a pattern.
  public static Kind<String> matching(String description, String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return scalar(
        description,
        text -> {
          if (!compiled.matcher(text).matches()) {
            throw new MalformedException("this must be " + description);
          }
          return text;
        });
  }

  /// A YAML list; a single value stands for a list of one.
  public static <T> Kind<List<T>> listOf(Kind<T> kind) {
    return new Kind<>(
        "list of " + kind.description(),
        value ->
            value instanceof Written.Listing listing
                ? listing.items().stream().map(kind::read).toList()
                : List.of(kind.read(value)));
  }

  public static Kind<Integer> whole(int min, int max) {
    String description = "whole number from " + min + " to " + max;
    return scalar(
        description,
        text -> {
          try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
              return number;
            }
          } catch (NumberFormatException noNumber) {
            // Said below.
          }
          throw new MalformedException("this must be a " + description);
        });
  }

  /// `90d`, `12h`, `30s`, `5y`; a year has 365 days.
  public static Kind<Duration> duration() {
    return scalar("duration", Kind::parseDuration);
  }

  /// [#duration], more than nothing.
  public static Kind<Duration> positiveDuration() {
    return scalar(
        "duration",
        text -> {
          Duration duration = parseDuration(text);
          if (duration.isZero()) {
            throw new MalformedException("this must be longer than 0");
          }
          return duration;
        });
  }

  public static Duration parseDuration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!matcher.matches()) {
      throw new MalformedException("this must be a duration such as 30s, 15m, 12h, 90d or 5y");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      case "w" -> Duration.ofDays(7 * count);
      default -> Duration.ofDays(365 * count);
    };
  }

  /// Bytes: `8KiB`, `1MiB`, `4096`.
  public static Kind<Integer> size(int min, int max) {
    return scalar(
        "size",
        text -> {
          Matcher matcher = SIZE.matcher(text);
          if (matcher.matches()) {
            String unit = matcher.group(2);
            long factor =
                unit == null || unit.equals("B") ? 1 : unit.equals("KiB") ? 1024 : 1024 * 1024;
            long bytes = Long.parseLong(matcher.group(1)) * factor;
            if (bytes >= min && bytes <= max) {
              return (int) bytes;
            }
          }
          throw new MalformedException(
              "this must be a size from " + min + " to " + max + " bytes, such as 64KiB");
        });
  }

  /// `1/3`, `30%`, or `0.3`; between 0 and 1, the ends allowed.
  public static Kind<Double> fraction() {
    return scalar(
        "fraction",
        text -> {
          Matcher matcher = FRACTION.matcher(text);
          if (matcher.matches()) {
            double value = Double.parseDouble(matcher.group(1));
            if (matcher.group(2) != null) {
              value /= Integer.parseInt(matcher.group(2));
            } else if (matcher.group(3) != null) {
              value /= 100;
            }
            if (value >= 0 && value <= 1) {
              return value;
            }
          }
          throw new MalformedException("this must be a fraction such as 1/3 or 0.3");
        });
  }

  /// `true` or `false`.
  public static Kind<Boolean> truth() {
    return scalar(
        "`true` or `false`",
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new MalformedException("this must be \"true\" or \"false\"");
            });
  }

  /// A constant of an enum, in lower case with hyphens.
  public static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
    E[] constants = type.getEnumConstants();
    String choices =
        Arrays.stream(constants).map(Kind::id).collect(Collectors.joining("` or `", "`", "`"));
    return scalar(
        choices,
        text ->
            Arrays.stream(constants)
                .filter(constant -> id(constant).equals(text))
                .findFirst()
                .orElseThrow(
                    () -> new MalformedException("this must be " + choices.replace('`', '"'))));
  }

  private static String id(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
