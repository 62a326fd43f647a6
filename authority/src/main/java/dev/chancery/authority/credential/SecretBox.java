package dev.chancery.authority.credential;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Encrypts credentials' secrets for storage: AES-256-GCM with a random 96-bit nonce, the
/// credential's id as associated data, so that a sealed secret cannot be moved to another
/// credential. Secrets are sealed and not hashed because several protocols compute with them (HTTP
/// Digest, PSK, MACs over messages). Thread-safe.
public final class SecretBox {
  /// Key length in bytes.
  public static final int KEY_BYTES = 32;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecretKeySpec key;

  /// Copies `key`, which has [#KEY_BYTES] bytes; the caller may wipe its array.
  public SecretBox(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("the secret key has " + key.length + " bytes, not 32");
    }
    this.key = new SecretKeySpec(key, "AES");
  }

  /// Encrypts `secret` for the credential `id`.
  public Der seal(String id, byte[] secret) {
    byte[] nonce = Randomness.bytes(NONCE_BYTES);
    byte[] sealed = run(Cipher.ENCRYPT_MODE, id, nonce, secret);
    byte[] both = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
    System.arraycopy(sealed, 0, both, NONCE_BYTES, sealed.length);
    return Der.of(both);
  }

  /// The secret of the credential `id`; the caller wipes it.
  ///
  /// @throws IllegalStateException if it was sealed under another key or for another credential
  public byte[] open(String id, Der sealed) {
    byte[] both = sealed.toByteArray();
    if (both.length < NONCE_BYTES + TAG_BITS / 8) {
      throw new IllegalStateException("a credential's sealed secret is cut short");
    }
    return run(
        Cipher.DECRYPT_MODE,
        id,
        Arrays.copyOf(both, NONCE_BYTES),
        Arrays.copyOfRange(both, NONCE_BYTES, both.length));
  }

  /// 32 bytes that are always the same for the same `purpose` and `input`, and that nobody who has
  /// not the key can tell from random ones (HMAC-SHA-256).
  ///
  /// @param purpose a constant, so that no two uses get the same bytes
  public byte[] pseudorandom(String purpose, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
    }
  }

  private byte[] run(int mode, String id, byte[] nonce, byte[] input) {
    try {
      Cipher cipher = Providers.cipher("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(id.getBytes(StandardCharsets.UTF_8));
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "a credential's secret does not open: is this the data folder's own secrets.key?", e);
    }
  }
}
