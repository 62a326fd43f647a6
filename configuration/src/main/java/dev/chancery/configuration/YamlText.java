package dev.chancery.configuration;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes a tree as block-style YAML; lists of plain values stay on one line.
final class YamlText {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._/][A-Za-z0-9._/+-]*");

  private YamlText() {}

  static void append(StringBuilder text, Written value, int indent) {
    switch (value) {
      case Written.Mapping mapping ->
          mapping.entries().forEach((key, entry) -> appendEntry(text, key, entry, indent));
      case Written.Listing listing ->
          listing
              .items()
              .forEach(item -> text.append(" ".repeat(indent)).append(item(item, indent)));
      case Written.Scalar scalar -> text.append(quoted(scalar.text())).append('\n');
      case Written.Nothing nothing -> text.append('\n');
    }
  }

  private static void appendEntry(StringBuilder text, String key, Written value, int indent) {
    text.append(" ".repeat(indent)).append(quoted(key)).append(':');
    switch (value) {
      case Written.Scalar scalar -> text.append(' ').append(quoted(scalar.text())).append('\n');
      case Written.Nothing nothing -> text.append('\n');
      case Written.Listing listing when listing.items().stream().allMatch(YamlText::isPlain) ->
          text.append(' ').append(flow(listing)).append('\n');
      case Written.Mapping mapping when mapping.entries().isEmpty() -> text.append(" {}\n");
      default -> {
        text.append('\n');
        append(text, value, indent + 2);
      }
    }
  }

  private static String item(Written value, int indent) {
    StringBuilder block = new StringBuilder();
    append(block, value, indent + 2);
    return "- "
        + block.substring(
            Math.min(block.length(), value instanceof Written.Mapping ? indent + 2 : 0));
  }

  private static boolean isPlain(Written value) {
    return value instanceof Written.Scalar;
  }

  static String flow(Written.Listing listing) {
    return listing.items().stream()
        .map(item -> item instanceof Written.Scalar scalar ? quoted(scalar.text()) : "")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /// One value on one line.
  static String flow(Written value) {
    return switch (value) {
      case Written.Scalar scalar -> quoted(scalar.text());
      case Written.Listing listing -> flow(listing);
      case Written.Mapping mapping ->
          mapping.entries().entrySet().stream()
              .map(YamlText::flowEntry)
              .collect(Collectors.joining(", ", "{", "}"));
      case Written.Nothing nothing -> "";
    };
  }

  private static String flowEntry(Map.Entry<String, Written> entry) {
    return quoted(entry.getKey()) + ": " + flow(entry.getValue());
  }

  private static String quoted(String text) {
    return PLAIN.matcher(text).matches()
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
