package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;

/// An X.509 certificate (RFC 5280 §4.1), parsed. Holding one says nothing about trust. Equal when
/// the encodings are.
public final class Certificate {
  /// A leaf is about 1 kB; ML-DSA and long SAN lists stay below 32.
  public static final int MAX_BYTES = 64 * 1024;

  private final Der der;
  private final org.bouncycastle.asn1.x509.Certificate asn1;
  private final SubjectNames names;
  private final DistinguishedName issuer;
  private final SubjectPublicKeyInfo key;
  private final SerialNumber serialNumber;
  private final Instant notBefore;
  private final Instant notAfter;
  private final boolean ca;
  private final Set<String> extendedKeyUsage;
  private final Optional<Der> subjectKeyIdentifier;

  /// The one whose key is known to have signed this: what was once true stays so, and a device that
  /// keeps its connection open presents the same certificate with each request.
  private volatile @Nullable Certificate signer;

  /// Reads everything that the accessors tell, so that a defect shows here and nowhere later.
  private Certificate(byte[] der, org.bouncycastle.asn1.x509.Certificate asn1) {
    this.der = Der.of(der);
    this.asn1 = asn1;
    this.issuer = DistinguishedName.of(asn1.getIssuer());
    this.key = SubjectPublicKeyInfo.of(asn1.getSubjectPublicKeyInfo());
    this.names =
        new SubjectNames(
            DistinguishedName.of(asn1.getSubject()),
            extension(Extension.subjectAlternativeName)
                .map(GeneralNames::getInstance)
                .map(GeneralNames::getNames)
                .map(Arrays::asList)
                .orElse(List.of())
                .stream()
                .map(GeneralName::of)
                .toList());
    this.serialNumber = new SerialNumber(asn1.getSerialNumber().getPositiveValue());
    this.notBefore = ValidityTime.read(asn1.getStartDate());
    this.notAfter = ValidityTime.read(asn1.getEndDate());
    this.ca =
        extension(Extension.basicConstraints)
            .map(BasicConstraints::getInstance)
            .map(BasicConstraints::isCA)
            .orElse(false);
    this.extendedKeyUsage =
        extension(Extension.extendedKeyUsage)
            .map(ExtendedKeyUsage::getInstance)
            .map(ExtendedKeyUsage::getUsages)
            .map(Arrays::stream)
            .map(usages -> usages.map(KeyPurposeId::getId).collect(Collectors.toUnmodifiableSet()))
            .orElse(Set.of());
    this.subjectKeyIdentifier =
        extension(Extension.subjectKeyIdentifier)
            .map(ASN1OctetString::getInstance)
            .map(ASN1OctetString::getOctets)
            .map(Der::of);
  }

  /// One that was made from `content` just now: there is nothing to find out about it.
  Certificate(byte[] der, org.bouncycastle.asn1.x509.Certificate asn1, CertificateContent content) {
    this.der = Der.of(der);
    this.asn1 = asn1;
    this.issuer = content.issuer();
    this.key = content.subjectPublicKeyInfo();
    this.names = content.names();
    this.serialNumber = content.serialNumber();
    this.notBefore = content.notBefore();
    this.notAfter = content.notAfter();
    this.ca = content.isCa();
    this.extendedKeyUsage = Set.copyOf(content.extendedKeyUsage());
    this.subjectKeyIdentifier = Optional.of(Der.of(content.subjectPublicKeyInfo().keyIdentifier()));
  }

  /// Reads the encoding or text.
  ///
  /// @throws MalformedException if `der` is not exactly one certificate
  public static Certificate parse(byte[] der) {
    var primitive = DerLimits.parse(der, MAX_BYTES, "certificate");
    try {
      return new Certificate(der, org.bouncycastle.asn1.x509.Certificate.getInstance(primitive));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      throw new MalformedException("the certificate is malformed", e);
    }
  }

  public static Certificate of(X509Certificate certificate) {
    try {
      return parse(certificate.getEncoded());
    } catch (CertificateException e) {
      throw new MalformedException("the certificate cannot be encoded", e);
    }
  }

  /// Every CERTIFICATE block of a PEM text, in order.
  public static List<Certificate> parsePem(String text) {
    return Pem.parseAll(text).stream()
        .filter(block -> block.label().equals("CERTIFICATE"))
        .map(block -> parse(block.der().toByteArray()))
        .toList();
  }

  public Der der() {
    return der;
  }

  public String toPem() {
    return new Pem("CERTIFICATE", der).encode();
  }

  /// The form that TLS and path validation want.
  public X509Certificate toX509() {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der.toByteArray()));
    } catch (CertificateException e) {
      throw new MalformedException("the platform does not accept the certificate", e);
    }
  }

  /// The ASN.1 form.
  public org.bouncycastle.asn1.x509.Certificate toAsn1() {
    return asn1;
  }

  public SerialNumber serialNumber() {
    return serialNumber;
  }

  public DistinguishedName issuer() {
    return issuer;
  }

  public DistinguishedName subject() {
    return names.subject();
  }

  /// Subject and subject alternative names.
  public SubjectNames names() {
    return names;
  }

  public SubjectPublicKeyInfo subjectPublicKeyInfo() {
    return key;
  }

  public Instant notBefore() {
    return notBefore;
  }

  /// The last second in which the certificate is valid (inclusive, RFC 5280 §4.1.2.5).
  public Instant notAfter() {
    return notAfter;
  }

  public boolean isValidAt(Instant instant) {
    return !instant.isBefore(notBefore()) && !instant.isAfter(notAfter());
  }

  public boolean isCa() {
    return ca;
  }

  public boolean isSelfIssued() {
    return issuer.equals(subject());
  }

  /// The OIDs of the extended key usage; empty if there is no such extension.
  public Set<String> extendedKeyUsage() {
    return extendedKeyUsage;
  }

  /// The subject key identifier's octets, if present.
  public Optional<byte[]> subjectKeyIdentifier() {
    return subjectKeyIdentifier.map(Der::toByteArray);
  }

  /// True if `issuerCertificate`'s key signed this one. Names and validity are the path
  /// validation's business.
  public boolean isSignedBy(Certificate issuerCertificate) {
    Certificate known = signer;
    if (known != null && known.equals(issuerCertificate)) {
      return true;
    }
    boolean signed = verifies(issuerCertificate);
    if (signed) {
      signer = issuerCertificate;
    }
    return signed;
  }

  private boolean verifies(Certificate issuerCertificate) {
    try {
      return SignatureAlgorithm.of(asn1.getSignatureAlgorithm())
          .verifies(
              issuerCertificate.key,
              // As sent: not every issuer's encoding survives being made again.
              DerLimits.firstElement(der.toByteArray()),
              asn1.getSignature().getOctets());
    } catch (IllegalStateException | MalformedException notVerifiable) {
      return false;
    }
  }

  private Optional<ASN1Encodable> extension(ASN1ObjectIdentifier oid) {
    Extensions extensions = asn1.getTBSCertificate().getExtensions();
    return extensions == null
        ? Optional.empty()
        : Optional.ofNullable(extensions.getExtension(oid))
            .map(extension ->
                DerLimits.parse(
                    extension.getExtnValue().getOctets(),
                    MAX_BYTES,
                    "certificate's extension " + oid));
  }

  /// SHA-256 over the DER encoding, lower-case hex: what people compare.
  public String sha256Hex() {
    return der.sha256Hex();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Certificate certificate && der.equals(certificate.der);
  }

  @Override
  public int hashCode() {
    return der.hashCode();
  }

  @Override
  public String toString() {
    return names + " serial " + serialNumber();
  }
}
