package dev.chancery.pki.cms;

import dev.chancery.pki.certificate.Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;

/// The two ways in which CMS names a certificate: by issuer and serial number, or by subject key
/// identifier (RFC 5652 §5.3, §6.2.1).
final class Recipients {
  private Recipients() {}

  static IssuerAndSerialNumber issuerAndSerialNumber(Certificate certificate) {
    return new IssuerAndSerialNumber(
        certificate.toAsn1().getIssuer(), certificate.toAsn1().getSerialNumber().getValue());
  }

  static boolean isNamedBy(Certificate certificate, IssuerAndSerialNumber name) {
    return name.getSerialNumber().hasValue(certificate.toAsn1().getSerialNumber().getValue())
        && name.getName().equals(certificate.toAsn1().getIssuer());
  }

  static boolean hasKeyIdentifier(Certificate certificate, byte[] keyIdentifier) {
    return certificate
        .subjectKeyIdentifier()
        .filter(own -> Arrays.equals(own, keyIdentifier))
        .isPresent();
  }
}
