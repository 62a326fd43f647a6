package dev.chancery.server;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Certificates that nobody trusts.
final class SelfSigned {
  private SelfSigned() {}

  static X509Certificate certificate(KeyPair key, DistinguishedName name) {
    SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(key.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(KeyType.P_256);
    Instant now = Instant.now();
    return new CertificateContent(
            SerialNumber.fresh(now),
            name,
            Der.of(publicKey.keyIdentifier()),
            now.minus(Duration.ofHours(1)),
            now.plus(Duration.ofHours(1)),
            new SubjectNames(name, List.of()),
            publicKey,
            new Role.EndEntity(),
            List.of(KeyUsageBit.DIGITAL_SIGNATURE),
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(key.getPrivate(), tbs))
        .toX509();
  }
}
