package dev.chancery.server.scep.handout;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.transport.Body;
import dev.chancery.transport.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/// NDES's page: device managers search it for a few phrases, which therefore stand here to the
/// letter (SCEP-196); the rest is ours. Never cached, since it shows a password.
final class NdesPage {
  private NdesPage() {}

  static Reply challenge(HandOutSettings settings, Certificate authority, String password) {
    long minutes = Math.max(1, settings.lifetime().toMinutes());
    return page(
        200,
        settings,
        "<P> The thumbprint (hash value) for the CA certificate is: <B> "
            + sha1(authority)
            + " </B></P>\r\n<P> The enrollment challenge password is: <B> "
            + password
            + " </B></P>\r\n<P> This password can be used only once and will expire within "
            + minutes
            + " minutes. </P>\r\n<P> SHA-256 of the CA certificate: "
            + authority.sha256Hex()
            + " </P>");
  }

  static Reply full(HandOutSettings settings) {
    return page(
        200,
        settings,
        "<P> The password cache is full. </P>\r\n<P> "
            + settings.outstanding()
            + " passwords wait for their devices. </P>");
  }

  static Reply unauthorized(HandOutSettings settings) {
    return page(401, settings, "<P> " + NO_RIGHT + " </P>")
        .with("WWW-Authenticate", "Basic realm=\"mscep_admin\", charset=\"UTF-8\"");
  }

  static Reply forbidden(HandOutSettings settings) {
    return page(403, settings, "<P> " + NO_RIGHT + " </P>");
  }

  private static final String NO_RIGHT =
      "You do not have sufficient permission to enroll with SCEP.";

  private static Reply page(int status, HandOutSettings settings, String content) {
    return switch (settings.encoding()) {
      case UTF_16LE -> {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0xff);
        bytes.write(0xfe);
        bytes.writeBytes(html("UTF-16", content).getBytes(StandardCharsets.UTF_16LE));
        yield reply(status, "text/html; charset=utf-16", Body.of(bytes.toByteArray()));
      }
      case UTF_8 ->
          reply(
              status,
              "text/html; charset=utf-8",
              Body.of(html("UTF-8", content).getBytes(StandardCharsets.UTF_8)));
    };
  }

  private static Reply reply(int status, String type, Body body) {
    return Reply.of(status, type, body)
        .with("Cache-Control", "no-store")
        .with("X-Frame-Options", "DENY")
        .with("Content-Security-Policy", "default-src 'none'");
  }

  private static String html(String charset, String content) {
    return "<HTML><HEAD><META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset="
        + charset
        + "\">\r\n<TITLE>Network Device Enrollment Service</TITLE></HEAD>\r\n<BODY>\r\n<P> Network"
        + " Device Enrollment Service, by Chancery </P>\r\n"
        + content
        + "\r\n</BODY></HTML>\r\n";
  }

  /// In groups of eight, upper case, as the original writes it.
  private static String sha1(Certificate certificate) {
    try {
      return HexFormat.of()
          .withUpperCase()
          .formatHex(MessageDigest.getInstance("SHA-1").digest(certificate.der().toByteArray()))
          .replaceAll("(.{8})(?=.)", "$1 ");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no SHA-1", e);
    }
  }
}
