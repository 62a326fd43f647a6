package dev.chancery.scep.wire;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;

/// What a CertPoll asks about (RFC 8894 §3.3.3). Old clients know no better than to put the
/// subject's name into both.
public record IssuerAndSubject(DistinguishedName issuer, DistinguishedName subject) {
  private static final int MAX_BYTES = 16 * 1024;

  /// Reads it.
  ///
  /// @throws MalformedException if it is none
  public static IssuerAndSubject parse(byte[] ber) {
    try {
      ASN1Sequence sequence =
          ASN1Sequence.getInstance(DerLimits.parseBer(ber, MAX_BYTES, "issuer and subject"));
      if (sequence.size() != 2) {
        throw new MalformedException("the content is not an issuer and subject");
      }
      return new IssuerAndSubject(
          DistinguishedName.of(X500Name.getInstance(sequence.getObjectAt(0))),
          DistinguishedName.of(X500Name.getInstance(sequence.getObjectAt(1))));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the content is not an issuer and subject", e);
    }
  }

  public byte[] encode() {
    try {
      return new DERSequence(new ASN1Encodable[] {issuer.toX500Name(), subject.toX500Name()})
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("an issuer and subject could not be encoded", e);
    }
  }
}
