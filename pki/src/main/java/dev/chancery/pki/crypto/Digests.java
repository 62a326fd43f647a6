package dev.chancery.pki.crypto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Message digests that every Java platform has.
public final class Digests {
  private Digests() {}

  /// SHA-256 of `input`, 32 bytes.
  public static byte[] sha256(byte[]... input) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : input) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }
}
