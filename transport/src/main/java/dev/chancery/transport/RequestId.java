package dev.chancery.transport;

import dev.chancery.pki.crypto.Randomness;
import java.util.HexFormat;

/// Names one request in the log, the audit and the reply: 16 hex digits, made by the listener,
/// never taken from the peer.
public record RequestId(String value) {
  public static RequestId fresh() {
    return new RequestId(HexFormat.of().formatHex(Randomness.bytes(8)));
  }

  @Override
  public String toString() {
    return value;
  }
}
