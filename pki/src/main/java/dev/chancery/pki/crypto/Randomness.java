package dev.chancery.pki.crypto;

import java.security.SecureRandom;

/// The one source of randomness. Thread-safe.
public final class Randomness {
  private static final SecureRandom SECURE = new SecureRandom();

  private Randomness() {}

  /// `count` unpredictable bytes.
  public static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    SECURE.nextBytes(bytes);
    return bytes;
  }

  /// For interfaces of the platform that want a generator.
  public static SecureRandom secureRandom() {
    return SECURE;
  }
}
