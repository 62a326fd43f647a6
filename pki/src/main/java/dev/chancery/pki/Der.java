package dev.chancery.pki;

import dev.chancery.pki.crypto.Digests;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Immutable DER bytes. The one place where arrays live, so that records which hold encodings are
/// equal when their bytes are. `toString` shows length and hash, never content, since some
/// encodings are keys.
public final class Der {
  private final byte[] bytes;

  private Der(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Copies `bytes`; does not look at them.
  public static Der of(byte[] bytes) {
    return new Der(bytes.clone());
  }

  /// The bytes of `parts` one after the other, copied once: for what is large.
  public static Der join(List<byte[]> parts) {
    byte[] joined = new byte[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return new Der(joined);
  }

  /// The bytes themselves, to be read only: for what is large.
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /// A copy of the bytes.
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /// Length in bytes.
  public int length() {
    return bytes.length;
  }

  /// SHA-256 over the bytes, 64 lower-case hex digits.
  public String sha256Hex() {
    return HexFormat.of().formatHex(Digests.sha256(bytes));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Der der && Arrays.equals(bytes, der.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "Der[" + bytes.length + " bytes, sha256 " + sha256Hex().substring(0, 16) + "]";
  }
}
