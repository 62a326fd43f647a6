package dev.chancery.cli;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Finds the public key inside a private one, for key files that other programs made.
final class PublicHalf {
  private PublicHalf() {}

  /// The public half: RSA keys hold it, EC keys usually do (RFC 5915 §3), others may (RFC 5958 §2).
  ///
  /// @throws MalformedException if the private key does not tell
  static SubjectPublicKeyInfo of(PrivateKey key) {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
    try {
      if (key instanceof RSAPrivateCrtKey rsa) {
        return SubjectPublicKeyInfo.of(
            new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                new RSAPublicKey(rsa.getModulus(), rsa.getPublicExponent())));
      }
      if (info.hasPublicKey()) {
        return of(info, info.getPublicKeyData());
      }
      ASN1Encodable inner = info.parsePrivateKey();
      if (key.getAlgorithm().equals("EC")) {
        ASN1BitString point = ECPrivateKey.getInstance(inner).getPublicKey();
        if (point != null) {
          return of(info, point);
        }
      }
    } catch (IOException e) {
      throw new MalformedException("the private key is malformed", e);
    }
    throw new MalformedException("the file lacks the public key; append it as a PUBLIC KEY block");
  }

  private static SubjectPublicKeyInfo of(PrivateKeyInfo info, ASN1BitString bits) {
    return SubjectPublicKeyInfo.of(
        new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
            info.getPrivateKeyAlgorithm(), bits.getBytes()));
  }
}
