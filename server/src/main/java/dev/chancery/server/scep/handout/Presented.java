package dev.chancery.server.scep.handout;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/// What an `Authorization` header presents (RFC 7617, RFC 6750).
final class Presented {
  private final String user;
  private final byte[] password;

  private Presented(String user, byte[] password) {
    this.user = user;
    this.password = password;
  }

  String user() {
    return user;
  }

  /// Lets `check` see the password, and wipes it.
  void check(java.util.function.Consumer<byte[]> check) {
    try {
      check.accept(password);
    } finally {
      Arrays.fill(password, (byte) 0);
    }
  }

  /// Basic for everybody. Jamf Pro can send headers of the operator's choice too, so it may send
  /// the password as a bearer token.
  static Optional<Presented> of(String header, HandOutSettings settings) {
    int space = header.indexOf(' ');
    if (space < 0) {
      return Optional.empty();
    }
    String scheme = header.substring(0, space).toLowerCase(Locale.ROOT);
    String value = header.substring(space + 1).strip();
    return switch (scheme) {
      case "basic" -> basic(value);
      case "bearer" ->
          settings.form() == HandOutSettings.Form.JAMF
              ? Optional.of(
                  new Presented(settings.account().user(), value.getBytes(StandardCharsets.UTF_8)))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<Presented> basic(String value) {
    try {
      byte[] both = Base64.getDecoder().decode(value);
      int colon = 0;
      while (colon < both.length && both[colon] != ':') {
        colon++;
      }
      if (colon == both.length) {
        return Optional.empty();
      }
      Presented presented =
          new Presented(
              new String(both, 0, colon, StandardCharsets.UTF_8),
              Arrays.copyOfRange(both, colon + 1, both.length));
      Arrays.fill(both, (byte) 0);
      return Optional.of(presented);
    } catch (IllegalArgumentException noBase64) {
      return Optional.empty();
    }
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "Presented[" + user + "]";
  }
}
