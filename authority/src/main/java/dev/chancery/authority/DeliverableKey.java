package dev.chancery.authority;

import java.util.Arrays;

/// A key that was made here, packed for its one delivery. Close it once it has been written: that
/// wipes this copy. Not thread-safe.
public final class DeliverableKey implements AutoCloseable {
  /// What the bytes are.
  public enum Form {
    /// PrivateKeyInfo (PKCS#8, RFC 5958), DER.
    CLEAR,
    /// ContentInfo with EnvelopedData (RFC 7030 §4.4.2), DER.
    ENVELOPED
  }

  private final Form form;
  private final byte[] bytes;

  /// Takes over `bytes` and wipes them in the end.
  DeliverableKey(Form form, byte[] bytes) {
    this.form = form;
    this.bytes = bytes;
  }

  public Form form() {
    return form;
  }

  /// A copy, for the caller to wipe.
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "DeliverableKey[" + form + ", " + bytes.length + " bytes]";
  }
}
