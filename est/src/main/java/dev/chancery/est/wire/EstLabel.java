package dev.chancery.est.wire;

import dev.chancery.pki.MalformedException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/// The optional path segment that selects a CA (RFC 7030 §3.2.2): 1 to 64 letters, digits, `-`, `_`
/// and `.`, starting with a letter or digit, and never an operation's name (EST-022).
public record EstLabel(String value) {
  private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /// Takes only what every client can put into a URL without escapes.
  ///
  /// @throws MalformedException if `value` is no label
  public EstLabel {
    if (!SYNTAX.matcher(value).matches()) {
      throw new MalformedException(
          "an EST label has 1 to 64 letters, digits, '-', '_' and '.', and starts with a letter or digit");
    }
    if (isOperation(value)) {
      throw new MalformedException("an EST label cannot be the name of an operation");
    }
  }

  private static boolean isOperation(String value) {
    // Case matters in paths, but a label CACERTS beside the operation cacerts helps nobody.
    String lower = value.toLowerCase(Locale.ROOT);
    return EstOperation.OF_OTHER_RFCS.contains(lower)
        || Arrays.stream(EstOperation.values())
            .anyMatch(operation -> operation.segment().equals(lower));
  }

  @Override
  public String toString() {
    return value;
  }
}
