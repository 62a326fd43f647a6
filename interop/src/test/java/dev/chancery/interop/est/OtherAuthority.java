package dev.chancery.interop.est;

import dev.chancery.interop.Wire;
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
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.OptionalInt;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A CA that is not Chancery: a manufacturer's, or a rogue.
record OtherAuthority(Certificate certificate, KeyPair keyPair) {
  static OtherAuthority create(String subject, Instant now) {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    DistinguishedName name = DistinguishedName.parse(subject);
    return new OtherAuthority(
        sign(
            name,
            key,
            new SubjectNames(name, List.of()),
            key,
            now.minus(Duration.ofDays(800)),
            now.plus(Duration.ofDays(800)),
            new Role.CertificationAuthority(OptionalInt.empty()),
            List.of(KeyUsageBit.KEY_CERT_SIGN, KeyUsageBit.CRL_SIGN)),
        key);
  }

  /// A client certificate valid for 365 days from `from`.
  Wire.Identity issue(String subject, Instant from) {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    return new Wire.Identity(
        key,
        List.of(
            sign(
                certificate.subject(),
                keyPair,
                SubjectNames.parse(subject, List.of()),
                key,
                from.minus(Duration.ofMinutes(5)),
                from.plus(Duration.ofDays(365)),
                new Role.EndEntity(),
                List.of(KeyUsageBit.DIGITAL_SIGNATURE))));
  }

  /// Its CRL in DER.
  byte[] crl(Instant thisUpdate, Instant nextUpdate, Certificate... revoked) {
    try {
      X509v2CRLBuilder builder =
          new X509v2CRLBuilder(certificate.subject().toX500Name(), Date.from(thisUpdate));
      builder.setNextUpdate(Date.from(nextUpdate));
      for (Certificate one : revoked) {
        builder.addCRLEntry(
            one.serialNumber().value(), Date.from(thisUpdate), CRLReason.keyCompromise);
      }
      return builder
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keyPair.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("no CRL", e);
    }
  }

  private static Certificate sign(
      DistinguishedName issuer,
      KeyPair issuerKey,
      SubjectNames names,
      KeyPair key,
      Instant notBefore,
      Instant notAfter,
      Role role,
      List<KeyUsageBit> usage) {
    SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_WITH_SHA256;
    return new CertificateContent(
            SerialNumber.fresh(notBefore),
            issuer,
            Der.of(SubjectPublicKeyInfo.of(issuerKey.getPublic()).keyIdentifier()),
            notBefore,
            notAfter,
            names,
            SubjectPublicKeyInfo.of(key.getPublic()),
            role,
            usage,
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(issuerKey.getPrivate(), tbs));
  }
}
