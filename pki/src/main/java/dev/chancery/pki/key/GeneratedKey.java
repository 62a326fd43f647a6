package dev.chancery.pki.key;

import java.security.KeyPair;
import java.util.Arrays;
import javax.security.auth.DestroyFailedException;

/// A key pair that was made here for somebody else (RFC 7030 §4.4). Whoever holds one holds the
/// private key, so it is evidence of possession too. Close it as soon as the key is packaged: that
/// wipes it. Not thread-safe.
public final class GeneratedKey implements AutoCloseable {
  private final KeyType type;
  private final SubjectPublicKeyInfo publicKey;
  private final byte[] pkcs8;

  /// Set by [#close].
  private boolean wiped;

  private GeneratedKey(KeyType type, SubjectPublicKeyInfo publicKey, byte[] pkcs8) {
    this.type = type;
    this.publicKey = publicKey;
    this.pkcs8 = pkcs8;
  }

  /// Makes a fresh pair. An RSA key takes up to seconds of CPU time.
  public static GeneratedKey make(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    GeneratedKey made =
        new GeneratedKey(
            type, SubjectPublicKeyInfo.of(pair.getPublic()), pair.getPrivate().getEncoded());
    try {
      pair.getPrivate().destroy();
    } catch (DestroyFailedException notOffered) {
      // Most providers cannot; then the object waits for the garbage collector.
      return made;
    }
    return made;
  }

  public KeyType type() {
    return type;
  }

  public SubjectPublicKeyInfo publicKey() {
    return publicKey;
  }

  /// A copy of the private key as PrivateKeyInfo in DER (PKCS#8, RFC 5958), for the caller to wipe.
  ///
  /// @throws IllegalStateException if the key has been wiped
  public byte[] pkcs8() {
    if (wiped) {
      throw new IllegalStateException("the key has been wiped");
    }
    return pkcs8.clone();
  }

  /// Wipes the private key.
  @Override
  public void close() {
    wiped = true;
    Arrays.fill(pkcs8, (byte) 0);
  }

  /// Secrets stay out of logs.
  @Override
  public String toString() {
    return "GeneratedKey[" + publicKey + "]";
  }
}
