package dev.chancery.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.chancery.lab.LabException;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;

/// One operation of bare cryptography, done by the code and the provider that the server uses.
public enum RawOperation {
  P_256_SIGNATURE("P-256 signature", 20_000),
  P_256_VERIFICATION("P-256 verification", 20_000),
  P_256_KEY("P-256 key pair", 10_000),
  P_256_AGREEMENT("P-256 key agreement", 10_000),
  RSA_2048_SIGNATURE("RSA-2048 signature", 3_000),
  RSA_2048_VERIFICATION("RSA-2048 verification", 20_000),
  RSA_2048_DECRYPTION("RSA-2048 decryption", 3_000),
  RSA_3072_VERIFICATION("RSA-3072 verification", 10_000),
  ED25519_VERIFICATION("Ed25519 verification", 10_000),
  ML_DSA_65_VERIFICATION("ML-DSA-65 verification", 5_000);

  /// As long as what is signed of a certificate is.
  private static final int MESSAGE_BYTES = 400;

  private final String title;
  private final int times;

  RawOperation(String title, int times) {
    this.title = title;
    this.times = times;
  }

  /// The name in JSON.
  @JsonValue
  public String id() {
    return title.replace(' ', '-').toLowerCase(Locale.ROOT);
  }

  /// For people.
  public String title() {
    return title;
  }

  /// How often it is done to be measured, after as many times to warm up.
  int times() {
    return times;
  }

  /// Makes keys and what else it takes.
  ///
  /// @return does the operation once
  Runnable prepare() {
    return switch (this) {
      case P_256_SIGNATURE -> signing(KeyType.P_256);
      case P_256_VERIFICATION -> verifying(KeyType.P_256);
      case P_256_KEY -> () -> KeyPairs.generate(KeyType.P_256);
      case P_256_AGREEMENT -> agreeing();
      case RSA_2048_SIGNATURE -> signing(KeyType.RSA_2048);
      case RSA_2048_VERIFICATION -> verifying(KeyType.RSA_2048);
      case RSA_2048_DECRYPTION -> decrypting();
      case RSA_3072_VERIFICATION -> verifying(KeyType.RSA_3072);
      case ED25519_VERIFICATION -> verifying(KeyType.ED25519);
      case ML_DSA_65_VERIFICATION -> verifying(KeyType.ML_DSA_65);
    };
  }

  private static Runnable signing(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);
    byte[] message = new byte[MESSAGE_BYTES];
    return () -> algorithm.sign(pair.getPrivate(), message);
  }

  private static Runnable verifying(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(pair.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);
    byte[] message = new byte[MESSAGE_BYTES];
    byte[] signature = algorithm.sign(pair.getPrivate(), message);
    return () -> {
      if (!algorithm.verifies(key, message, signature)) {
        throw new LabException("a signature does not verify");
      }
    };
  }

  private static Runnable agreeing() {
    KeyPair mine = KeyPairs.generate(KeyType.P_256);
    KeyPair theirs = KeyPairs.generate(KeyType.P_256);
    return () -> {
      try {
        KeyAgreement agreement = Providers.keyAgreement("ECDH");
        agreement.init(mine.getPrivate());
        agreement.doPhase(theirs.getPublic(), true);
        agreement.generateSecret();
      } catch (GeneralSecurityException e) {
        throw new LabException("two keys do not agree", e);
      }
    };
  }

  private static Runnable decrypting() {
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    try {
      Cipher encryption = Providers.cipher("RSA/ECB/PKCS1Padding");
      encryption.init(Cipher.ENCRYPT_MODE, pair.getPublic(), Randomness.secureRandom());
      byte[] encrypted = encryption.doFinal(new byte[16]);
      return () -> {
        try {
          Cipher decryption = Providers.cipher("RSA/ECB/NoPadding");
          decryption.init(Cipher.DECRYPT_MODE, pair.getPrivate());
          decryption.doFinal(encrypted);
        } catch (GeneralSecurityException e) {
          throw new LabException("a key does not decrypt", e);
        }
      };
    } catch (GeneralSecurityException e) {
      throw new LabException("a key does not encrypt", e);
    }
  }
}
