package dev.chancery.pki.key;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/// Makes key pairs and reads private keys.
public final class KeyPairs {
  private KeyPairs() {}

  /// A fresh pair.
  public static KeyPair generate(KeyType type) {
    try {
      KeyPairGenerator generator = Providers.keyPairGenerator(type.keyAlgorithm());
      if (type.isEc()) {
        generator.initialize(new ECGenParameterSpec(type.parameter()), Randomness.secureRandom());
      } else if (type.isRsa()) {
        generator.initialize(type.rsaBits(), Randomness.secureRandom());
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this platform cannot make " + type + " keys", e);
    }
  }

  /// Reads an unencrypted `PRIVATE KEY` block (PKCS#8, RFC 5958).
  ///
  /// @throws MalformedException if there is none or its algorithm is unknown
  public static PrivateKey privateKeyOf(String pem) {
    byte[] der =
        Pem.parseAll(pem).stream()
            .filter(block -> block.label().equals("PRIVATE KEY"))
            .findFirst()
            .orElseThrow(() -> new MalformedException("there is no PRIVATE KEY block (PKCS#8)"))
            .der()
            .toByteArray();
    return privateKeyOf(der);
  }

  /// Reads PrivateKeyInfo in DER (PKCS#8, RFC 5958).
  ///
  /// @throws MalformedException if it is none or its algorithm is unknown
  public static PrivateKey privateKeyOf(byte[] der) {
    try {
      String oid = PrivateKeyInfo.getInstance(der).getPrivateKeyAlgorithm().getAlgorithm().getId();
      String algorithm =
          switch (oid) {
            case "1.2.840.10045.2.1" -> "EC";
            case "1.2.840.113549.1.1.1" -> "RSA";
            case "1.3.101.112" -> "Ed25519";
            case "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19" ->
                "ML-DSA";
            default ->
                throw new MalformedException("private keys of type " + oid + " are not supported");
          };
      return Providers.keyFactory(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException
        | IllegalArgumentException
        | IllegalStateException
        | NoSuchElementException e) {
      throw new MalformedException("the private key is malformed", e);
    }
  }

  /// True if `privateKey` is the private half of `publicKey`: tried out by a signature.
  public static boolean belongTogether(PrivateKey privateKey, SubjectPublicKeyInfo publicKey) {
    try {
      // RSA keys of unusual lengths have no type, and sign like the others.
      Optional<KeyType> type = publicKey.isRsa() ? Optional.of(KeyType.RSA_2048) : publicKey.type();
      if (type.isEmpty()) {
        return false;
      }
      SignatureAlgorithm algorithm = SignatureAlgorithm.of(type.get());
      byte[] probe = Randomness.bytes(32);
      return algorithm.verifies(publicKey, probe, algorithm.sign(privateKey, probe));
    } catch (IllegalStateException | MalformedException otherKind) {
      return false;
    }
  }

  /// PKCS#8 in PEM. The text is a secret: write it only to files of mode 0600.
  public static String toPem(PrivateKey key) {
    return new Pem("PRIVATE KEY", Der.of(key.getEncoded())).encode();
  }
}
