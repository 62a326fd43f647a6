package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/// An extension by OID with its value's DER (the content of extnValue).
public record CertificateExtension(String oid, boolean critical, Der value) {
  /// cRLDistributionPoints with one point (RFC 5280 §4.2.1.13).
  public static CertificateExtension crlDistributionPoint(URI at) {
    DistributionPointName name =
        new DistributionPointName(
            new GeneralNames(
                new GeneralName(GeneralName.uniformResourceIdentifier, at.toString())));
    try {
      return new CertificateExtension(
          Extension.cRLDistributionPoints.getId(),
          false,
          Der.of(
              new CRLDistPoint(new DistributionPoint[] {new DistributionPoint(name, null, null)})
                  .getEncoded(ASN1Encoding.DER)));
    } catch (IOException e) {
      throw new UncheckedIOException("an extension could not be encoded", e);
    }
  }
}
