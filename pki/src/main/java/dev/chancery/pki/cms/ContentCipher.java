package dev.chancery.pki.cms;

import dev.chancery.pki.crypto.Providers;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Ciphers for the content of an envelope, all in CBC mode (RFC 3565, RFC 3370 §5). That one is
/// known says nothing about whether it is allowed: the protocol's policy decides.
public enum ContentCipher {
  DES("1.3.14.3.2.7", "DES", 8, 8),
  DES_EDE3("1.2.840.113549.3.7", "DESede", 24, 8),
  AES_128("2.16.840.1.101.3.4.1.2", "AES", 16, 16),
  AES_192("2.16.840.1.101.3.4.1.22", "AES", 24, 16),
  AES_256("2.16.840.1.101.3.4.1.42", "AES", 32, 16);

  private final String oid;
  private final String algorithm;
  private final int keyBytes;
  private final int blockBytes;

  ContentCipher(String oid, String algorithm, int keyBytes, int blockBytes) {
    this.oid = oid;
    this.algorithm = algorithm;
    this.keyBytes = keyBytes;
    this.blockBytes = blockBytes;
  }

  /// The one that `identifier` names, if it is known.
  static Optional<ContentCipher> of(AlgorithmIdentifier identifier) {
    String wanted = identifier.getAlgorithm().getId();
    return Arrays.stream(values()).filter(cipher -> cipher.oid.equals(wanted)).findFirst();
  }

  /// The initialization vector that `identifier` holds, if it holds one of the right length.
  Optional<byte[]> initializationVector(AlgorithmIdentifier identifier) {
    return identifier.getParameters() instanceof ASN1OctetString iv
            && iv.getOctets().length == blockBytes
        ? Optional.of(iv.getOctets())
        : Optional.empty();
  }

  AlgorithmIdentifier identifier(byte[] initializationVector) {
    return new AlgorithmIdentifier(
        new ASN1ObjectIdentifier(oid), new DEROctetString(initializationVector));
  }

  int keyBytes() {
    return keyBytes;
  }

  int blockBytes() {
    return blockBytes;
  }

  /// Encrypts or decrypts whole blocks.
  byte[] run(int mode, byte[] key, byte[] initializationVector, byte[] blocks) {
    try {
      Cipher cipher = Providers.cipher(algorithm + "/CBC/NoPadding");
      cipher.init(
          mode, new SecretKeySpec(key, algorithm), new IvParameterSpec(initializationVector));
      return cipher.doFinal(blocks);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this platform cannot work with " + this, e);
    }
  }
}
