package dev.chancery.pki.cms;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cms.PasswordRecipientInfo;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Password-based key wrapping (RFC 3211 §2.3) under a key that PBKDF2 derives (RFC 8018 §5.2).
final class PasswordWrap {
  /// Above that, reading the message would be how a stranger burns CPU.
  static final int MAX_ITERATIONS = 600_000;

  private static final int ITERATIONS = 100_000;
  private static final int SALT_BYTES = 16;
  private static final int MAX_SALT_BYTES = 64;
  private static final ASN1ObjectIdentifier PWRI_KEK = PKCSObjectIdentifiers.id_alg_PWRI_KEK;

  private PasswordWrap() {}

  static PasswordRecipientInfo wrap(byte[] key, byte[] password) {
    ContentCipher cipher = ContentCipher.AES_128;
    byte[] salt = Randomness.bytes(SALT_BYTES);
    byte[] initializationVector = Randomness.bytes(cipher.blockBytes());
    byte[] kek = derive("PBKDF2WithHmacSHA256", password, salt, ITERATIONS, cipher.keyBytes());

    int length = Math.max(4 + key.length, 2 * cipher.blockBytes());
    length += (cipher.blockBytes() - length % cipher.blockBytes()) % cipher.blockBytes();
    byte[] block = Randomness.bytes(length);
    block[0] = (byte) key.length;
    for (int i = 0; i < 3; i++) {
      block[1 + i] = (byte) ~key[i];
    }
    System.arraycopy(key, 0, block, 4, key.length);
    byte[] once = cipher.run(Cipher.ENCRYPT_MODE, kek, initializationVector, block);
    byte[] lastBlock = Arrays.copyOfRange(once, once.length - cipher.blockBytes(), once.length);
    byte[] twice = cipher.run(Cipher.ENCRYPT_MODE, kek, lastBlock, once);

    ASN1EncodableVector wrapping = new ASN1EncodableVector();
    wrapping.add(PWRI_KEK);
    wrapping.add(cipher.identifier(initializationVector));
    return new PasswordRecipientInfo(
        new AlgorithmIdentifier(
            PKCSObjectIdentifiers.id_PBKDF2,
            new PBKDF2Params(
                salt,
                ITERATIONS,
                new AlgorithmIdentifier(
                    PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE))),
        AlgorithmIdentifier.getInstance(new DERSequence(wrapping)),
        new DEROctetString(twice));
  }

  /// The key inside.
  ///
  /// @throws MalformedException if it does not open with this password, or must not be tried
  static byte[] unwrap(PasswordRecipientInfo info, byte[] password, int bytes) {
    AlgorithmIdentifier derivation = info.getKeyDerivationAlgorithm();
    AlgorithmIdentifier wrapping = info.getKeyEncryptionAlgorithm();
    if (derivation == null
        || !derivation.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)
        || !wrapping.getAlgorithm().equals(PWRI_KEK)) {
      throw new MalformedException("the envelope's password scheme is not PBKDF2 with PWRI-KEK");
    }
    ASN1Sequence parameters = ASN1Sequence.getInstance(derivation.getParameters());
    PBKDF2Params pbkdf2 = PBKDF2Params.getInstance(parameters);
    BigInteger iterations = pbkdf2.getIterationCount();
    if (iterations.signum() <= 0
        || iterations.compareTo(BigInteger.valueOf(MAX_ITERATIONS)) > 0
        || pbkdf2.getSalt().length > MAX_SALT_BYTES) {
      throw new MalformedException(
          "the envelope demands more than " + MAX_ITERATIONS + " iterations of PBKDF2");
    }
    AlgorithmIdentifier cbc = AlgorithmIdentifier.getInstance(wrapping.getParameters());
    ContentCipher cipher =
        ContentCipher.of(cbc)
            .orElseThrow(() -> new MalformedException("the envelope's key cipher is not known"));
    byte[] initializationVector =
        cipher
            .initializationVector(cbc)
            .orElseThrow(
                () -> new MalformedException("the envelope's key initialization vector is wrong"));
    byte[] kek =
        derive(
            pseudoRandomFunction(pbkdf2.getPrf()),
            password,
            pbkdf2.getSalt(),
            iterations.intValueExact(),
            cipher.keyBytes());

    byte[] twice = info.getEncryptedKey().getOctets();
    int block = cipher.blockBytes();
    if (twice.length < 2 * block || twice.length % block != 0 || twice.length > 16 * block) {
      throw new MalformedException("the envelope's wrapped key has a wrong length");
    }
    // The outer layer's initialization vector is the last block of the inner one, which is found
    // by decrypting the last block of the outer one first (RFC 3211 §2.3.2).
    byte[] lastBlock =
        cipher.run(
            Cipher.DECRYPT_MODE,
            kek,
            Arrays.copyOfRange(twice, twice.length - 2 * block, twice.length - block),
            Arrays.copyOfRange(twice, twice.length - block, twice.length));
    byte[] once = cipher.run(Cipher.DECRYPT_MODE, kek, lastBlock, twice);
    byte[] opened = cipher.run(Cipher.DECRYPT_MODE, kek, initializationVector, once);
    int wrong = (opened[0] & 0xff) ^ bytes;
    for (int i = 0; i < 3; i++) {
      wrong |= (opened[1 + i] ^ ~opened[4 + i]) & 0xff;
    }
    if (wrong != 0 || 4 + bytes > opened.length) {
      throw new MalformedException("the envelope does not open with this password");
    }
    return Arrays.copyOfRange(opened, 4, 4 + bytes);
  }

  private static String pseudoRandomFunction(AlgorithmIdentifier function) {
    return switch (function.getAlgorithm().getId()) {
      case "1.2.840.113549.2.7" -> "PBKDF2WithHmacSHA1";
      case "1.2.840.113549.2.9" -> "PBKDF2WithHmacSHA256";
      case "1.2.840.113549.2.10" -> "PBKDF2WithHmacSHA384";
      case "1.2.840.113549.2.11" -> "PBKDF2WithHmacSHA512";
      default -> throw new MalformedException("the envelope's pseudo-random function is not known");
    };
  }

  private static byte[] derive(
      String algorithm, byte[] password, byte[] salt, int iterations, int bytes) {
    char[] characters = new String(password, StandardCharsets.UTF_8).toCharArray();
    PBEKeySpec spec = new PBEKeySpec(characters, salt, iterations, 8 * bytes);
    try {
      return Providers.secretKeyFactory(algorithm).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this platform lacks " + algorithm, e);
    } finally {
      spec.clearPassword();
      Arrays.fill(characters, '\0');
    }
  }
}
