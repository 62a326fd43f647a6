package dev.chancery.server.scep.webhook;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs what is posted: HMAC-SHA-256 over the timestamp, a full stop and the body as sent. Whoever
/// verifies it refuses timestamps that are older than a few minutes, so that an old message is of
/// no use to anybody.
final class WebhookSignature {
  static final String TIMESTAMP = "X-Chancery-Timestamp";
  static final String SIGNATURE = "X-Chancery-Signature";

  private WebhookSignature() {}

  /// Seconds since 1970 in UTC.
  static String timestamp(Instant now) {
    return Long.toString(now.getEpochSecond());
  }

  /// `v1=` and lower-case hex.
  static String sign(String secret, String timestamp, byte[] body) {
    ByteArrayOutputStream signed = new ByteArrayOutputStream(body.length + 16);
    signed.writeBytes((timestamp + ".").getBytes(StandardCharsets.UTF_8));
    signed.writeBytes(body);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return "v1=" + HexFormat.of().formatHex(mac.doFinal(signed.toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no HMAC-SHA-256", e);
    }
  }
}
