package dev.chancery.pki.certificate;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Randomness;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;

/// A certificate's serial number: positive, at most 64 octets. Text form: lower-case hex of its
/// octets.
///
/// CAs keep to 20 octets (RFC 5280 §4.1.2.2), and [#fresh] to 16. Others are read too: certmonger
/// signs its SCEP messages with a certificate whose serial number is the SHA-256 of its key.
public record SerialNumber(BigInteger value) {
  private static final int MAX_OCTETS = 64;

  public SerialNumber {
    if (value.signum() < 0 || value.bitLength() > 8 * MAX_OCTETS) {
      throw new MalformedException(
          "a serial number is positive and at most " + MAX_OCTETS + " octets long");
    }
  }

  /// A fresh one: 48 bits of milliseconds, then 80 random bits. The time keeps index pages hot; the
  /// randomness is what makes serials unpredictable (CA/Browser Forum BR 7.1 asks for 64 bits).
  public static SerialNumber fresh(Instant now) {
    byte[] time = ByteBuffer.allocate(8).putLong(now.toEpochMilli()).array();
    byte[] random = Randomness.bytes(10);
    byte[] octets = new byte[16];
    System.arraycopy(time, 2, octets, 0, 6);
    System.arraycopy(random, 0, octets, 6, 10);
    return new SerialNumber(new BigInteger(1, octets));
  }

  /// Reads hex, with or without colons.
  public static SerialNumber parse(String hex) {
    try {
      return new SerialNumber(new BigInteger(hex.replace(":", "").strip(), 16));
    } catch (NumberFormatException e) {
      throw new MalformedException("a serial number is written in hex", e);
    }
  }

  @Override
  public String toString() {
    byte[] octets = value.toByteArray();
    // Without the octet that only keeps the sign.
    int first = octets.length > 1 && octets[0] == 0 ? 1 : 0;
    return HexFormat.of().formatHex(octets, first, octets.length);
  }
}
