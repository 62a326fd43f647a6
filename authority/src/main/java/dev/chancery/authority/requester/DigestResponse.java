package dev.chancery.authority.requester;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a client sends to show by HTTP Digest (RFC 7616 §3.4) that it knows a credential's secret,
/// with `qop=auth`. That the nonce is ours and fresh, and that the URI is the one asked for, is
/// checked where HTTP is spoken.
///
/// @param algorithm the digest
/// @param user the credential's id
/// @param method of the request, such as `POST`
/// @param uri as the client sent it
/// @param nonceCount eight hex digits, as sent
/// @param response hex digits that only who knows the secret can compute
public record DigestResponse(
    Algorithm algorithm,
    String user,
    String realm,
    String method,
    String uri,
    String nonce,
    String nonceCount,
    String clientNonce,
    String response) {
  /// The digests of RFC 7616 that are in use.
  public enum Algorithm {
    SHA_256("SHA-256"),
    MD5("MD5");

    private final String id;

    Algorithm(String id) {
      this.id = id;
    }

    /// The name in HTTP and in the JCA.
    public String id() {
      return id;
    }
  }

  /// True if the response was made with `secret`. Takes the same time for every response.
  boolean provesKnowledgeOf(byte[] secret) {
    byte[] expected =
        hash(
                text(hash(text(user + ":" + realm + ":"), secret)),
                text(
                    ":"
                        + nonce
                        + ":"
                        + nonceCount
                        + ":"
                        + clientNonce
                        + ":auth:"
                        + hash(text(method + ":" + uri))))
            .getBytes(StandardCharsets.US_ASCII);
    return MessageDigest.isEqual(expected, text(response));
  }

  private String hash(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm.id());
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks " + algorithm.id(), e);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Whoever reads it could guess passwords against it.
  @Override
  public String toString() {
    return "DigestResponse[" + user + ", " + algorithm.id() + "]";
  }
}
