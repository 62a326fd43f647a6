package dev.chancery.authority;

import dev.chancery.pki.crypto.Randomness;
import java.util.HexFormat;

/// Names a pending request: 16 hex digits.
public record Ticket(String value) {
  public static Ticket fresh() {
    return new Ticket(HexFormat.of().formatHex(Randomness.bytes(8)));
  }

  @Override
  public String toString() {
    return value;
  }
}
