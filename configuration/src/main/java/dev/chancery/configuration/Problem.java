package dev.chancery.configuration;

import java.util.List;
import java.util.OptionalInt;

/// One thing that is wrong in a configuration file.
///
/// @param path the setting, such as `est.endpoints[0].issuer`; empty for the file as a whole
/// @param line counted from 1, if the place is known
/// @param what one plain sentence without a period
/// @param hint what to do about it; may be empty
public record Problem(String path, OptionalInt line, String what, String hint) {
  public static Problem at(String path, int line, String what, String hint) {
    return new Problem(path, line > 0 ? OptionalInt.of(line) : OptionalInt.empty(), what, hint);
  }

  /// A key that nobody knows.
  ///
  /// @param key the end of `path`
  /// @param known the keys that could stand there
  public static Problem unknown(String path, int line, String key, List<String> known) {
    return at(
        path,
        line,
        "there is no such setting",
        Spelling.nearest(key, known)
            .map(other -> "did you mean \"" + other + "\"?")
            .orElse("there are " + String.join(", ", known)));
  }

  /// `line 7: server.tls.prot: there is no such setting (did you mean "port"?)`.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line.ifPresent(number -> text.append("line ").append(number).append(": "));
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    text.append(what);
    if (!hint.isEmpty()) {
      text.append(" (").append(hint).append(')');
    }
    return text.toString();
  }
}
