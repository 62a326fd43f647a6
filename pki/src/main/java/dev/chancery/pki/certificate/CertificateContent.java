package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/// Everything a certificate will say, decided, before anybody signs it (RFC 5280 §4.1.2). Times are
/// cut to whole seconds.
///
/// @param authorityKeyIdentifier the issuer's subject key identifier
/// @param role whether the subject is an end entity or a CA
/// @param keyUsage empty leaves the extension out
/// @param extendedKeyUsage dotted OIDs; empty leaves the extension out
/// @param further extensions copied as they are
public record CertificateContent(
    SerialNumber serialNumber,
    DistinguishedName issuer,
    Der authorityKeyIdentifier,
    Instant notBefore,
    Instant notAfter,
    SubjectNames names,
    SubjectPublicKeyInfo subjectPublicKeyInfo,
    Role role,
    List<KeyUsageBit> keyUsage,
    List<String> extendedKeyUsage,
    List<CertificateExtension> further) {
  /// What basicConstraints says.
  public sealed interface Role {
    /// `cA` is FALSE; the extension is present and critical, so that nobody takes it for a CA.
    record EndEntity() implements Role {}

    /// `cA` is TRUE.
    record CertificationAuthority(OptionalInt pathLength) implements Role {}
  }

  public CertificateContent {
    keyUsage = List.copyOf(keyUsage);
    extendedKeyUsage = List.copyOf(extendedKeyUsage);
    further = List.copyOf(further);
    notBefore = notBefore.truncatedTo(ChronoUnit.SECONDS);
    notAfter = notAfter.truncatedTo(ChronoUnit.SECONDS);
    if (notAfter.isBefore(notBefore)) {
      throw new IllegalArgumentException("notAfter is before notBefore");
    }
  }

  /// Makes bytes into a signature by the issuer's key.
  @FunctionalInterface
  public interface Signer {
    byte[] sign(byte[] tbsCertificate);
  }

  /// Encodes the content, has it signed and puts the two together.
  public Certificate sign(SignatureAlgorithm algorithm, Signer signer) {
    try {
      TBSCertificate tbs = toBeSigned(algorithm);
      byte[] signature = signer.sign(tbs.getEncoded(ASN1Encoding.DER));
      ASN1EncodableVector certificate = new ASN1EncodableVector();
      certificate.add(tbs);
      certificate.add(algorithm.identifier());
      certificate.add(new DERBitString(signature));
      DERSequence whole = new DERSequence(certificate);
      return new Certificate(
          whole.getEncoded(ASN1Encoding.DER),
          org.bouncycastle.asn1.x509.Certificate.getInstance(whole),
          this);
    } catch (IOException e) {
      throw new UncheckedIOException("a certificate could not be encoded", e);
    }
  }

  boolean isCa() {
    return role instanceof Role.CertificationAuthority;
  }

  private TBSCertificate toBeSigned(SignatureAlgorithm algorithm) throws IOException {
    V3TBSCertificateGenerator tbs = new V3TBSCertificateGenerator();
    tbs.setSerialNumber(new ASN1Integer(serialNumber.value()));
    tbs.setSignature(algorithm.identifier());
    tbs.setIssuer(issuer.toX500Name());
    tbs.setStartDate(ValidityTime.write(notBefore));
    tbs.setEndDate(ValidityTime.write(notAfter));
    tbs.setSubject(names.subject().toX500Name());
    tbs.setSubjectPublicKeyInfo(subjectPublicKeyInfo.toAsn1());

    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(authorityKeyIdentifier.toByteArray()));
    extensions.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new SubjectKeyIdentifier(subjectPublicKeyInfo.keyIdentifier()));
    extensions.addExtension(
        Extension.basicConstraints,
        true,
        switch (role) {
          case Role.EndEntity() -> new BasicConstraints(false);
          case Role.CertificationAuthority(OptionalInt pathLength) ->
              pathLength.isPresent()
                  ? new BasicConstraints(pathLength.getAsInt())
                  : new BasicConstraints(true);
        });
    if (!keyUsage.isEmpty()) {
      extensions.addExtension(Extension.keyUsage, true, KeyUsageBit.toAsn1(keyUsage));
    }
    if (!extendedKeyUsage.isEmpty()) {
      extensions.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              extendedKeyUsage.stream()
                  .map(oid -> KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)))
                  .toArray(KeyPurposeId[]::new)));
    }
    if (!names.alternatives().isEmpty()) {
      // Critical if it is the only name there is (RFC 5280 §4.2.1.6).
      extensions.addExtension(
          Extension.subjectAlternativeName,
          names.subject().isEmpty(),
          new GeneralNames(
              names.alternatives().stream()
                  .map(GeneralName::toAsn1)
                  .toArray(org.bouncycastle.asn1.x509.GeneralName[]::new)));
    }
    for (CertificateExtension extension : further) {
      extensions.addExtension(
          new ASN1ObjectIdentifier(extension.oid()),
          extension.critical(),
          extension.value().toByteArray());
    }
    tbs.setExtensions(extensions.generate());
    return tbs.generateTBSCertificate();
  }
}
