package dev.chancery.agent;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/// A CA with its key in memory.
final class TestCa {
  private static final Duration LIFETIME = Duration.ofDays(3650);

  private final KeyPair key = KeyPairs.generate(KeyType.P_256);
  private final SubjectNames names;
  private final Certificate certificate;

  private TestCa(String subject, Instant from) {
    this.names = SubjectNames.parse(subject, List.of());
    this.certificate = certify(names, publicKey(), authority(), from, from.plus(LIFETIME));
  }

  static TestCa root(String subject, Instant from) {
    return new TestCa(subject, from.minusSeconds(60));
  }

  private static Role authority() {
    return new Role.CertificationAuthority(OptionalInt.empty());
  }

  Certificate certificate() {
    return certificate;
  }

  SubjectPublicKeyInfo publicKey() {
    return SubjectPublicKeyInfo.of(key.getPublic());
  }

  /// This CA's certificate for another one: a link certificate (RFC 4210 §4.4), if the names are
  /// the same.
  Certificate certify(TestCa other) {
    return certify(
        other.names,
        other.publicKey(),
        authority(),
        certificate.notBefore(),
        certificate.notAfter());
  }

  Certificate issue(
      SubjectNames subject, SubjectPublicKeyInfo subjectKey, Instant from, Instant to) {
    return certify(subject, subjectKey, new Role.EndEntity(), from, to);
  }

  private Certificate certify(
      SubjectNames subject, SubjectPublicKeyInfo subjectKey, Role role, Instant from, Instant to) {
    return new CertificateContent(
            SerialNumber.fresh(from),
            names.subject(),
            Der.of(publicKey().keyIdentifier()),
            from,
            to,
            subject,
            subjectKey,
            role,
            List.of(
                role instanceof Role.EndEntity
                    ? KeyUsageBit.DIGITAL_SIGNATURE
                    : KeyUsageBit.KEY_CERT_SIGN),
            List.of(),
            List.of())
        .sign(
            SignatureAlgorithm.ECDSA_WITH_SHA256,
            tbs -> SignatureAlgorithm.ECDSA_WITH_SHA256.sign(key.getPrivate(), tbs));
  }
}
