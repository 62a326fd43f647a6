package dev.chancery.server.scep.intune;

import dev.chancery.pki.crypto.Randomness;
import java.nio.ByteBuffer;
import java.util.UUID;

/// Random UUIDs (RFC 9562 §5.4) from the one place that randomness comes from.
final class Uuids {
  private Uuids() {}

  static String fresh() {
    ByteBuffer bytes = ByteBuffer.wrap(Randomness.bytes(16));
    long high = (bytes.getLong() & ~0xf000L) | 0x4000L;
    long low = (bytes.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }
}
