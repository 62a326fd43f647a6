package dev.chancery.est.client;

import dev.chancery.pki.key.KeyPairs;
import java.security.PrivateKey;
import java.util.Arrays;

/// A private key that the server has made. Close it to wipe it. Not thread-safe.
public final class ReceivedKey implements AutoCloseable {
  private final byte[] pkcs8;

  /// Takes over `pkcs8`: PrivateKeyInfo in DER of a supported kind of key.
  ReceivedKey(byte[] pkcs8) {
    this.pkcs8 = pkcs8;
  }

  public PrivateKey toPrivateKey() {
    return KeyPairs.privateKeyOf(pkcs8);
  }

  /// Wipes the key.
  @Override
  public void close() {
    Arrays.fill(pkcs8, (byte) 0);
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "ReceivedKey";
  }
}
