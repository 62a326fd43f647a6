package dev.chancery.est.client;

import dev.chancery.transport.MediaType;
import java.nio.charset.StandardCharsets;

/// A server's words about an error, made fit for a terminal (EST-127): one line, without control
/// characters, bounded.
final class Explanation {
  private static final int MAX_CHARACTERS = 500;

  private Explanation() {}

  /// The text of an error reply; empty if it is of another type than plain text, such as HTML.
  static String of(EstExchange.Answer answer) {
    boolean plain =
        answer
            .contentType()
            .map(type -> MediaType.parse(type).map(parsed -> parsed.is("text/plain")).orElse(false))
            .orElse(true);
    return plain ? sanitized(new String(answer.body().toByteArray(), StandardCharsets.UTF_8)) : "";
  }

  static String sanitized(String text) {
    // Format characters too: they can turn the direction of what follows.
    String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\s\\u0080-\\u009f]+", " ").strip();
    return clean.length() > MAX_CHARACTERS ? clean.substring(0, MAX_CHARACTERS) + "…" : clean;
  }
}
