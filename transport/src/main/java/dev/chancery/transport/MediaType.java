package dev.chancery.transport;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A media type as received (RFC 9110 §8.3.1): type and parameter names without regard to case,
/// parameter values quoted or not and in any order (EST-048).
///
/// @param type lower case, such as `application/pkcs10`
/// @param parameters by lower-case name
public record MediaType(String type, Map<String, String> parameters) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern TYPE = Pattern.compile("\\s*(" + TOKEN + "/" + TOKEN + ")\\s*");
  private static final Pattern PARAMETER =
      Pattern.compile(
          ";\\s*(?:(" + TOKEN + ")\\s*=\\s*(?:(" + TOKEN + ")|\"((?:[^\"\\\\]|\\\\.)*)\"))?\\s*");

  public MediaType {
    parameters = Map.copyOf(parameters);
  }

  /// The media type in `text`, or empty if it is not one.
  public static Optional<MediaType> parse(String text) {
    Matcher type = TYPE.matcher(text);
    if (text.length() > 1024 || !type.lookingAt()) {
      return Optional.empty();
    }
    Map<String, String> parameters = new HashMap<>();
    Matcher parameter = PARAMETER.matcher(text);
    int at = type.end();
    while (at < text.length()) {
      if (!parameter.region(at, text.length()).lookingAt()) {
        return Optional.empty();
      }
      if (parameter.group(1) != null) {
        String value =
            parameter.group(2) != null
                ? parameter.group(2)
                : parameter.group(3).replaceAll("\\\\(.)", "$1");
        parameters.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), value);
      }
      at = parameter.end();
    }
    return Optional.of(new MediaType(type.group(1).toLowerCase(Locale.ROOT), parameters));
  }

  public boolean is(String other) {
    return type.equals(other);
  }
}
