package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateContent.Role;
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

/// A CA for tests, real in all but its purpose.
public final class TestAuthority {
  /// The time at which tests happen.
  public static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  public static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  public static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  private final Certificate certificate;
  private final KeyPair key;

  private TestAuthority(Certificate certificate, KeyPair key) {
    this.certificate = certificate;
    this.key = key;
  }

  /// A self-signed root.
  public static TestAuthority root(String subject) {
    return root(subject, KeyType.P_256);
  }

  /// A self-signed root with such a key.
  public static TestAuthority root(String subject, KeyType type) {
    KeyPair key = KeyPairs.generate(type);
    SubjectNames names = SubjectNames.parse(subject, List.of());
    SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(key.getPublic());
    CertificateContent content =
        new CertificateContent(
            SerialNumber.fresh(NOW),
            names.subject(),
            Der.of(publicKey.keyIdentifier()),
            NOW.minus(Duration.ofDays(30)),
            NOW.plus(Duration.ofDays(3650)),
            names,
            publicKey,
            new Role.CertificationAuthority(OptionalInt.empty()),
            List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
            List.of(),
            List.of());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);
    return new TestAuthority(
        content.sign(algorithm, tbs -> algorithm.sign(key.getPrivate(), tbs)), key);
  }

  /// A CA that this one certifies.
  public TestAuthority below(
      String subject, OptionalInt pathLength, CertificateExtension... further) {
    KeyPair itsKey = KeyPairs.generate(KeyType.P_256);
    return new TestAuthority(
        sign(
            SubjectNames.parse(subject, List.of()),
            SubjectPublicKeyInfo.of(itsKey.getPublic()),
            NOW.minus(Duration.ofDays(20)),
            NOW.plus(Duration.ofDays(2000)),
            new Role.CertificationAuthority(pathLength),
            List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
            List.of(),
            List.of(further)),
        itsKey);
  }

  /// A certificate for the name and key of `other`, such as the link between two roots.
  public Certificate link(TestAuthority other) {
    return sign(
        other.certificate.names(),
        other.certificate.subjectPublicKeyInfo(),
        NOW.minus(Duration.ofDays(20)),
        NOW.plus(Duration.ofDays(2000)),
        new Role.CertificationAuthority(OptionalInt.empty()),
        List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN),
        List.of(),
        List.of());
  }

  /// A client's certificate, valid from an hour before to 90 days after [#NOW].
  public Certificate leaf(String subject, String... alternatives) {
    return leaf(
        SubjectNames.parse(subject, List.of(alternatives)),
        SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic()),
        List.of(CLIENT_AUTH));
  }

  /// An end entity's certificate.
  public Certificate leaf(
      SubjectNames names, SubjectPublicKeyInfo key, List<String> extendedKeyUsage) {
    return sign(
        names,
        key,
        NOW.minus(Duration.ofHours(1)),
        NOW.plus(Duration.ofDays(90)),
        new Role.EndEntity(),
        List.of(KeyUsageBit.DIGITAL_SIGNATURE),
        extendedKeyUsage,
        List.of());
  }

  /// An end entity's certificate with such key usage; none leaves the extension out.
  public Certificate leaf(SubjectNames names, SubjectPublicKeyInfo key, KeyUsageBit... keyUsage) {
    return sign(
        names,
        key,
        NOW.minus(Duration.ofHours(1)),
        NOW.plus(Duration.ofDays(90)),
        new Role.EndEntity(),
        List.of(keyUsage),
        List.of(),
        List.of());
  }

  private Certificate sign(
      SubjectNames names,
      SubjectPublicKeyInfo subjectKey,
      Instant notBefore,
      Instant notAfter,
      Role role,
      List<KeyUsageBit> keyUsage,
      List<String> extendedKeyUsage,
      List<CertificateExtension> further) {
    CertificateContent content =
        new CertificateContent(
            SerialNumber.fresh(NOW),
            certificate.subject(),
            Der.of(certificate.subjectKeyIdentifier().orElseThrow()),
            notBefore,
            notAfter,
            names,
            subjectKey,
            role,
            keyUsage,
            extendedKeyUsage,
            further);
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.of(certificate.subjectPublicKeyInfo().type().orElseThrow());
    return content.sign(algorithm, tbs -> algorithm.sign(key.getPrivate(), tbs));
  }

  public Certificate certificate() {
    return certificate;
  }
}
