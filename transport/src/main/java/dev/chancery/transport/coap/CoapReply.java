package dev.chancery.transport.coap;

import dev.chancery.transport.Body;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/// One CoAP reply. The listener cuts it into blocks where it is long.
///
/// @param contentFormat of the payload; empty for none and for a diagnostic payload
/// @param maxAge whole seconds; with 5.03 and 4.29 when to ask again (RFC 7252 §5.9.3.4)
public record CoapReply(
    CoapCode code, OptionalInt contentFormat, Optional<Duration> maxAge, Body payload) {
  /// A diagnostic payload shall fit into one datagram beside everything else.
  private static final int MAX_DIAGNOSTIC_BYTES = 512;

  /// A reply with a payload.
  public static CoapReply of(CoapCode code, int contentFormat, byte[] payload) {
    return new CoapReply(code, OptionalInt.of(contentFormat), Optional.empty(), Body.of(payload));
  }

  /// A reply with one short line for people (RFC 7252 §5.5.2), cut where it is too long.
  public static CoapReply diagnostic(CoapCode code, String line) {
    return new CoapReply(code, OptionalInt.empty(), Optional.empty(), Body.of(shortened(line)));
  }

  /// Adds Max-Age in whole seconds, rounded up, at least 1.
  public CoapReply retryAfter(Duration duration) {
    Duration whole = Duration.ofSeconds(Math.max(1, duration.plusNanos(999_999_999).toSeconds()));
    return new CoapReply(code, contentFormat, Optional.of(whole), payload);
  }

  private static String shortened(String line) {
    String text = line;
    while (text.getBytes(StandardCharsets.UTF_8).length > MAX_DIAGNOSTIC_BYTES) {
      text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
    }
    return text;
  }
}
