package dev.chancery.scep.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Randomness;

/// A senderNonce or recipientNonce (RFC 8894 §3.2.1.5). The RFC says 16 bytes; some clients send 8,
/// others 32, and each gets its own back (SCEP-070).
///
/// @param octets 1 to 64
public record Nonce(Der octets) {
  private static final int MAX_BYTES = 64;
  private static final int BYTES = 16;

  public Nonce {
    if (octets.length() == 0 || octets.length() > MAX_BYTES) {
      throw new MalformedException("a nonce is not 1 to " + MAX_BYTES + " bytes long");
    }
  }

  /// 16 random bytes.
  public static Nonce fresh() {
    return new Nonce(Der.of(Randomness.bytes(BYTES)));
  }
}
