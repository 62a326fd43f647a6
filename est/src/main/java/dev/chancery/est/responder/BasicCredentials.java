package dev.chancery.est.responder;

import dev.chancery.pki.MalformedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// User name and password of HTTP Basic (RFC 7617), in UTF-8. The name may be empty and the
/// password may hold colons (EST-222). Close it to wipe the password.
public final class BasicCredentials implements AutoCloseable {
  private static final Pattern BASIC =
      Pattern.compile("\\s*basic(?: +(.*))?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final int MAX_LENGTH = 4096;

  private final String user;
  private final byte[] password;

  private BasicCredentials(String user, byte[] password) {
    this.user = user;
    this.password = password;
  }

  /// The credentials in the value of an `Authorization` field; empty if the scheme is another one.
  ///
  /// @throws MalformedException if the scheme is Basic and the rest is not as it should be
  public static Optional<BasicCredentials> parse(String authorization) {
    Matcher basic = BASIC.matcher(authorization);
    if (!basic.matches()) {
      return Optional.empty();
    }
    String base64 = basic.group(1) == null ? "" : basic.group(1).strip();
    if (base64.length() > MAX_LENGTH) {
      throw malformed();
    }
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
    try {
      int colon = 0;
      while (colon < decoded.length && decoded[colon] != ':') {
        colon++;
      }
      if (colon == decoded.length) {
        throw malformed();
      }
      String user =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(decoded, 0, colon)).toString();
      return Optional.of(
          new BasicCredentials(user, Arrays.copyOfRange(decoded, colon + 1, decoded.length)));
    } catch (CharacterCodingException e) {
      throw malformed();
    } finally {
      Arrays.fill(decoded, (byte) 0);
    }
  }

  /// Never quotes the input, nor keeps it as a cause: it is a secret.
  private static MalformedException malformed() {
    return new MalformedException("the Authorization field is not HTTP Basic in UTF-8 (RFC 7617)");
  }

  public String user() {
    return user;
  }

  /// A copy of the password's bytes, for the caller to wipe.
  public byte[] password() {
    return password.clone();
  }

  @Override
  public void close() {
    Arrays.fill(password, (byte) 0);
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "BasicCredentials[" + user.length() + " characters]";
  }
}
