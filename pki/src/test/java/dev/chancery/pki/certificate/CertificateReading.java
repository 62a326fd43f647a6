package dev.chancery.pki.certificate;

/// Asks a certificate everything: what `parse` accepts must have an answer.
final class CertificateReading {
  private CertificateReading() {}

  static void everything(byte[] der, TestAuthority issuer) {
    Certificate certificate = Certificate.parse(der);
    String text =
        certificate
            + certificate.toPem()
            + certificate.serialNumber()
            + certificate.issuer()
            + certificate.names().canonical()
            + certificate.notBefore()
            + certificate.notAfter()
            + certificate.isCa()
            + certificate.isSelfIssued()
            + certificate.extendedKeyUsage()
            + certificate.subjectKeyIdentifier()
            + certificate.isSignedBy(issuer.certificate())
            + certificate.isSignedBy(certificate)
            + certificate.sha256Hex();
    if (text.isEmpty()) {
      throw new AssertionError("a certificate has a text");
    }
  }
}
