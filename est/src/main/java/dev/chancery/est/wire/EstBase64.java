package dev.chancery.est.wire;

import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Body;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The one encoding of EST bodies, whatever `Content-Transfer-Encoding` says (RFC 8951 §3): Base64
/// of DER. Lenient about white space and PEM armour on receipt, strict about everything else.
public final class EstBase64 {
  /// How an encoded body is laid out. Clients disagree, hence the choice (EST-043).
  public enum Form {
    /// Lines of 64 characters and a final newline: what libest and OpenSSL need.
    WRAPPED,
    /// One line and a final newline: what strongSwan before 5.9.11 needs.
    SINGLE_LINE
  }

  private static final Pattern ARMOUR =
      Pattern.compile("\\s*-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \\1-----\\s*");

  private EstBase64() {}

  /// The bytes inside `body`. CR, LF, space and tab may stand anywhere (RFC 8951 §3.1). PEM armour
  /// around a certification request, or around CMS, is taken off (EST-045).
  ///
  /// @throws MalformedException naming the defect: raw DER, base64url, wrong padding, another
  ///   character, or nothing at all
  public static byte[] decode(Body body) {
    byte[] bytes = body.toByteArray();
    if (looksLikeDer(bytes)) {
      throw new MalformedException("the body is raw DER instead of Base64 (RFC 8951 §3)");
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String payload = text.contains("-----BEGIN ") ? withoutArmour(text) : text;
    return decode(payload);
  }

  /// `der` in Base64 with a final newline.
  public static Body encode(byte[] der, Form form) {
    Base64.Encoder encoder =
        switch (form) {
          case WRAPPED -> Base64.getMimeEncoder(64, new byte[] {'\n'});
          case SINGLE_LINE -> Base64.getEncoder();
        };
    byte[] base64 = encoder.encode(der);
    byte[] line = Arrays.copyOf(base64, base64.length + 1);
    line[base64.length] = '\n';
    return Body.of(line);
  }

  /// A SEQUENCE starts with 0x30, which is also the character `0`; what follows tells them apart.
  private static boolean looksLikeDer(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != 0x30) {
      return false;
    }
    for (byte b : bytes) {
      boolean whiteSpace = b == '\r' || b == '\n' || b == '\t';
      if (b < 0x20 && !whiteSpace) {
        return true;
      }
    }
    return false;
  }

  private static String withoutArmour(String text) {
    Matcher armour = ARMOUR.matcher(text);
    if (!armour.matches()) {
      throw new MalformedException("the body's PEM armour is not one whole block");
    }
    return switch (armour.group(1)) {
      case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "PKCS7", "CMS" -> armour.group(2);
      default ->
          throw new MalformedException(
              "the body's PEM armour is neither CERTIFICATE REQUEST nor PKCS7");
    };
  }

  private static byte[] decode(String text) {
    StringBuilder base64 = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\n' || c == ' ' || c == '\t') {
        continue;
      }
      boolean alphabet =
          (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '+'
              || c == '/'
              || c == '=';
      if (!alphabet) {
        throw new MalformedException(
            c == '-' || c == '_'
                ? "the body uses the base64url alphabet instead of Base64 (RFC 4648 §4)"
                : "the body holds a character that is not Base64");
      }
      base64.append(c);
    }
    if (base64.isEmpty()) {
      throw new MalformedException("the body is empty");
    }
    int padding = base64.indexOf("=");
    if (base64.length() % 4 != 0 || (padding >= 0 && !isPadding(base64.substring(padding)))) {
      throw new MalformedException("the body's Base64 padding is wrong or the body is cut short");
    }
    try {
      return Base64.getDecoder().decode(base64.toString());
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the body is not Base64", e);
    }
  }

  private static boolean isPadding(String end) {
    return end.equals("=") || end.equals("==");
  }
}
