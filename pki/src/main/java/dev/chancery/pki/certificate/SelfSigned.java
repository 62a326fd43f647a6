package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;

/// Certificates that a key signs for itself: a way to carry a public key where a protocol wants a
/// certificate (RFC 8894 §2.3). They say nothing about who holds the key.
public final class SelfSigned {
  private SelfSigned() {}

  /// An end entity's certificate, for the key's own signatures and, if it is RSA, for keys sent to
  /// it.
  public static Certificate of(
      DistinguishedName subject, KeyPair keyPair, Instant notBefore, Instant notAfter) {
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(keyPair.getPublic());
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.of(key.type().orElse(key.isRsa() ? KeyType.RSA_2048 : KeyType.P_256));
    return new CertificateContent(
            SerialNumber.fresh(notBefore),
            subject,
            Der.of(key.keyIdentifier()),
            notBefore,
            notAfter,
            new SubjectNames(subject, List.of()),
            key,
            new CertificateContent.Role.EndEntity(),
            key.isRsa()
                ? List.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.KEY_ENCIPHERMENT)
                : List.of(KeyUsageBit.DIGITAL_SIGNATURE),
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(keyPair.getPrivate(), tbs));
  }
}
