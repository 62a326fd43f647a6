package dev.chancery.scep.wire;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Randomness;
import java.util.HexFormat;

/// Names a transaction (RFC 8894 §3.2.1.1): 1 to 256 characters of a PrintableString, compared with
/// regard to case. Clients take hex digests, decimal numbers, Base64 or words (SCEP-075).
public record TransactionId(String value) {
  private static final int MAX_LENGTH = 256;

  public TransactionId {
    if (value.isEmpty() || value.length() > MAX_LENGTH || !Attributes.isPrintable(value)) {
      throw new MalformedException(
          "the transactionID is not 1 to " + MAX_LENGTH + " characters of a PrintableString");
    }
  }

  /// A random one, so that each enrollment is a transaction of its own (SCEP-074).
  public static TransactionId fresh() {
    return new TransactionId(HexFormat.of().formatHex(Randomness.bytes(16)));
  }

  @Override
  public String toString() {
    return value;
  }
}
