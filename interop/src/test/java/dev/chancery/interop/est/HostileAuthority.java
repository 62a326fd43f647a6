package dev.chancery.interop.est;

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

/// A CA that certifies whatever a test tells it to.
///
/// @param names its own
/// @param certificate self-signed
record HostileAuthority(SubjectNames names, KeyPair keyPair, Certificate certificate) {
  static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  /// id-kp-cmcRA (RFC 6402 §2.10).
  static final String CMC_RA = "1.3.6.1.5.5.7.3.28";

  private static final Duration LIFETIME = Duration.ofDays(10);

  static HostileAuthority root(String subject) {
    return root(subject, LIFETIME);
  }

  /// A root that is valid for `lifetime` from now on.
  static HostileAuthority root(String subject, Duration lifetime) {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    SubjectNames names = SubjectNames.parse(subject, List.of());
    return new HostileAuthority(
        names, key, sign(names, key, names, publicKey(key), ca(), List.of(), lifetime));
  }

  /// A certificate for an end entity.
  Certificate issue(SubjectNames subject, SubjectPublicKeyInfo key, String... purposes) {
    return sign(
        names, keyPair, subject, key, new Role.EndEntity(), List.of(purposes), Duration.ofDays(5));
  }

  /// A certificate for a client that is valid for `lifetime` from now on.
  Certificate issueFor(Duration lifetime, SubjectNames subject, SubjectPublicKeyInfo key) {
    return sign(names, keyPair, subject, key, new Role.EndEntity(), List.of(CLIENT_AUTH), lifetime);
  }

  /// A certificate for an end entity that has expired.
  Certificate issueExpired(SubjectNames subject, SubjectPublicKeyInfo key) {
    return sign(names, keyPair, subject, key, new Role.EndEntity(), List.of(), Duration.ofDays(-1));
  }

  /// A certificate of this one for another CA: an intermediate, or the link between two roots (RFC
  /// 4210 §4.4).
  Certificate certify(HostileAuthority other) {
    return sign(names, keyPair, other.names, publicKey(other.keyPair), ca(), List.of(), LIFETIME);
  }

  static SubjectPublicKeyInfo publicKey(KeyPair pair) {
    return SubjectPublicKeyInfo.of(pair.getPublic());
  }

  private static Role ca() {
    return new Role.CertificationAuthority(OptionalInt.empty());
  }

  private static Certificate sign(
      SubjectNames issuer,
      KeyPair issuerKey,
      SubjectNames subject,
      SubjectPublicKeyInfo key,
      Role role,
      List<String> purposes,
      Duration lifetime) {
    Instant now = Instant.now();
    SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_WITH_SHA256;
    return new CertificateContent(
            SerialNumber.fresh(now),
            issuer.subject(),
            Der.of(publicKey(issuerKey).keyIdentifier()),
            now.minus(Duration.ofDays(2)),
            now.plus(lifetime),
            subject,
            key,
            role,
            List.of(
                role instanceof Role.EndEntity
                    ? KeyUsageBit.DIGITAL_SIGNATURE
                    : KeyUsageBit.KEY_CERT_SIGN),
            purposes,
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(issuerKey.getPrivate(), tbs));
  }
}
