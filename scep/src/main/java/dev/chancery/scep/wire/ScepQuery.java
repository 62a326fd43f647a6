package dev.chancery.scep.wire;

import dev.chancery.pki.MalformedException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// The query of an HTTP request (RFC 8894 §4.1). Parameters may come in any order, and others
/// beside them mean nothing (SCEP-010).
///
/// @param operation as sent; empty if there was none
/// @param message percent-decoded once, with a plus sign left as it is
public record ScepQuery(String operation, Optional<String> message) {
  /// Reads a query.
  ///
  /// @param raw as sent, without `?`
  /// @throws MalformedException if a percent sign is followed by anything but two hex digits, or a
  ///   parameter comes twice
  public static ScepQuery parse(String raw) {
    Optional<String> operation = Optional.empty();
    Optional<String> message = Optional.empty();
    for (String parameter : raw.split("&", -1)) {
      int equals = parameter.indexOf('=');
      String name = equals < 0 ? parameter : parameter.substring(0, equals);
      String value = equals < 0 ? "" : parameter.substring(equals + 1);
      if (name.equals("operation")) {
        operation = only(operation, value);
      } else if (name.equals("message")) {
        message = only(message, value);
      }
    }
    return new ScepQuery(operation.orElse(""), message);
  }

  private static Optional<String> only(Optional<String> before, String value) {
    if (before.isPresent()) {
      throw new MalformedException("a parameter of the query comes twice");
    }
    return Optional.of(percentDecoded(value));
  }

  private static String percentDecoded(String value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c > 0x7e) {
        throw new MalformedException("the query holds characters that are not ASCII");
      }
      if (c != '%') {
        bytes.write(c);
        continue;
      }
      boolean whole = i + 2 < value.length();
      int high = whole ? Character.digit(value.charAt(i + 1), 16) : -1;
      int low = whole ? Character.digit(value.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw new MalformedException("the query holds a broken percent sign");
      }
      bytes.write(high * 16 + low);
      i += 2;
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /// The message's octets, in whatever form of Base64 a client has written it (SCEP-007): with line
  /// breaks, in the alphabet for URLs, without padding, or with spaces where something on the way
  /// took its plus signs for such.
  ///
  /// @throws MalformedException if there is none or it is not Base64
  public byte[] messageOctets() {
    String text =
        message
            .filter(value -> !value.isEmpty())
            .orElseThrow(() -> new MalformedException("the query holds no message"));
    String canonical =
        text.replaceAll("[\\r\\n\\t]", "")
            .replace(' ', '+')
            .replace('-', '+')
            .replace('_', '/')
            .replaceAll("={0,2}$", "");
    if (canonical.isEmpty()) {
      throw new MalformedException("the query's message is empty");
    }
    try {
      // The decoder checks that the last group is one that can be; it needs no padding for that.
      return Base64.getDecoder().decode(canonical);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the query's message is not Base64", e);
    }
  }
}
