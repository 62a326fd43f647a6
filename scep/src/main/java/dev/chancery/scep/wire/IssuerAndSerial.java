package dev.chancery.scep.wire;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;

/// What GetCert and GetCRL ask about (RFC 8894 §3.3.4, §3.3.5).
public record IssuerAndSerial(DistinguishedName issuer, SerialNumber serialNumber) {
  private static final int MAX_BYTES = 16 * 1024;

  /// Reads it.
  ///
  /// @throws MalformedException if it is none
  public static IssuerAndSerial parse(byte[] ber) {
    try {
      IssuerAndSerialNumber content =
          IssuerAndSerialNumber.getInstance(
              DerLimits.parseBer(ber, MAX_BYTES, "issuer and serial number"));
      return new IssuerAndSerial(
          DistinguishedName.of(content.getName()),
          new SerialNumber(content.getSerialNumber().getPositiveValue()));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the content is not an issuer and serial number", e);
    }
  }

  public byte[] encode() {
    try {
      return new IssuerAndSerialNumber(issuer.toX500Name(), serialNumber.value())
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("an issuer and serial number could not be encoded", e);
    }
  }
}
