package dev.chancery.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A message body, already bounded by the listener. Immutable; `toString` shows the length only.
public final class Body {
  public static final Body EMPTY = new Body(ByteBuffer.allocate(0));

  private final ByteBuffer bytes;

  private Body(ByteBuffer bytes) {
    this.bytes = bytes.asReadOnlyBuffer();
  }

  public static Body of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Body(ByteBuffer.wrap(bytes.clone()));
  }

  /// What is left in `bytes`, without a copy: nobody may change it afterwards.
  public static Body ofUnchanging(ByteBuffer bytes) {
    return new Body(bytes.slice());
  }

  /// UTF-8 text.
  public static Body of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  public byte[] toByteArray() {
    byte[] copy = new byte[length()];
    bytes.get(0, copy);
    return copy;
  }

  /// The bytes themselves, to be read only.
  public ByteBuffer asByteBuffer() {
    return bytes.asReadOnlyBuffer();
  }

  public int length() {
    return bytes.capacity();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Body body && bytes.equals(body.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  @Override
  public String toString() {
    return "Body[" + length() + " bytes]";
  }
}
