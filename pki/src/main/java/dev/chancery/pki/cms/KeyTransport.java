package dev.chancery.pki.cms;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.crypto.Randomness;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.RecipientIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// RSA key transport (RFC 3370 §4.2.1, RFC 3560).
final class KeyTransport {
  private static final Map<String, String> OAEP_DIGESTS =
      Map.of(
          "1.3.14.3.2.26", "SHA-1",
          "2.16.840.1.101.3.4.2.1", "SHA-256",
          "2.16.840.1.101.3.4.2.2", "SHA-384",
          "2.16.840.1.101.3.4.2.3", "SHA-512");

  private KeyTransport() {}

  static KeyTransRecipientInfo encrypt(byte[] key, Certificate recipient) {
    try {
      Cipher rsa = Providers.cipher("RSA/ECB/PKCS1Padding");
      rsa.init(
          Cipher.ENCRYPT_MODE,
          recipient.subjectPublicKeyInfo().toPublicKey(),
          Randomness.secureRandom());
      return new KeyTransRecipientInfo(
          new RecipientIdentifier(Recipients.issuerAndSerialNumber(recipient)),
          new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
          new DEROctetString(rsa.doFinal(key)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("encrypting for an RSA key failed", e);
    }
  }

  /// The content-encryption key, or a random one if anything about it is wrong.
  static byte[] decrypt(KeyTransRecipientInfo info, PrivateKey key, int bytes) {
    byte[] encrypted = info.getEncryptedKey().getOctets();
    AlgorithmIdentifier algorithm = info.getKeyEncryptionAlgorithm();
    if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return withoutPadding(raw(encrypted, key), bytes);
    }
    if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSAES_OAEP)) {
      return oaep(encrypted, key, RSAESOAEPparams.getInstance(oaepParameters(algorithm)), bytes);
    }
    throw new MalformedException("the envelope's key is not encrypted with RSA");
  }

  private static Object oaepParameters(AlgorithmIdentifier algorithm) {
    return algorithm.getParameters() == null
        ? new org.bouncycastle.asn1.DERSequence()
        : algorithm.getParameters();
  }

  /// The RSA operation without looking at the padding: a library that looks tells by exception and
  /// time what it saw.
  private static byte[] raw(byte[] encrypted, PrivateKey key) {
    int length =
        key instanceof RSAKey rsa ? (rsa.getModulus().bitLength() + 7) / 8 : encrypted.length;
    byte[] block = new byte[Math.max(length, 64)];
    try {
      Cipher rsa = Providers.cipher("RSA/ECB/NoPadding");
      rsa.init(Cipher.DECRYPT_MODE, key);
      byte[] plain = rsa.doFinal(encrypted);
      System.arraycopy(plain, 0, block, block.length - plain.length, plain.length);
    } catch (GeneralSecurityException | IllegalArgumentException | IndexOutOfBoundsException e) {
      // A ciphertext that is longer than the modulus or not below it, which everybody can see. The
      // block stays zero, and so is wrong.
      java.util.Arrays.fill(block, (byte) 0);
    }
    return block;
  }

  /// What stands behind `00 02 <nonzero> 00` in a block (RFC 8017 §7.2.2) if exactly `bytes` do,
  /// otherwise random bytes. Takes the same steps for every block.
  static byte[] withoutPadding(byte[] block, int bytes) {
    byte[] result = Randomness.bytes(bytes);
    int separator = block.length - bytes - 1;
    int wrong = block[0] | (block[1] ^ 2) | block[separator];
    for (int i = 2; i < separator; i++) {
      wrong |= ((block[i] & 0xff) - 1) >> 31;
    }
    // All ones if the padding is right, else zero.
    int right = ~((wrong | -wrong) >> 31);
    for (int i = 0; i < bytes; i++) {
      result[i] = (byte) ((block[separator + 1 + i] & right) | (result[i] & ~right));
    }
    return result;
  }

  private static byte[] oaep(
      byte[] encrypted, PrivateKey key, RSAESOAEPparams parameters, int bytes) {
    String digest = OAEP_DIGESTS.get(parameters.getHashAlgorithm().getAlgorithm().getId());
    String mask =
        OAEP_DIGESTS.get(
            AlgorithmIdentifier.getInstance(parameters.getMaskGenAlgorithm().getParameters())
                .getAlgorithm()
                .getId());
    if (digest == null || mask == null) {
      throw new MalformedException("the envelope's key is encrypted with an unknown digest");
    }
    byte[] instead = Randomness.bytes(bytes);
    try {
      Cipher rsa = Providers.cipher("RSA/ECB/OAEPPadding");
      rsa.init(
          Cipher.DECRYPT_MODE,
          key,
          new OAEPParameterSpec(
              digest, "MGF1", new MGF1ParameterSpec(mask), PSource.PSpecified.DEFAULT));
      byte[] plain = rsa.doFinal(encrypted);
      return plain.length == bytes ? plain : instead;
    } catch (GeneralSecurityException wrongPadding) {
      return instead;
    }
  }
}
