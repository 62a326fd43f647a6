package dev.chancery.scep.responder;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.wire.MessageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;

/// What a poll needs of the request that it asks about: kept sealed, since the request holds the
/// challenge password.
///
/// @param type PKCSReq or RenewalReq
/// @param request PKCS#10 in DER, as sent
record Transaction(MessageType type, Certificate signer, dev.chancery.pki.Der request) {
  private static final int MAX_BYTES = 128 * 1024;

  byte[] encode() {
    try {
      return new DERSequence(
              new ASN1Encodable[] {
                new DERPrintableString(type.number()),
                new DEROctetString(signer.der().toByteArray()),
                new DEROctetString(request.toByteArray())
              })
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a transaction could not be encoded", e);
    }
  }

  static Transaction parse(byte[] der) {
    ASN1Sequence sequence =
        ASN1Sequence.getInstance(DerLimits.parse(der, MAX_BYTES, "kept transaction"));
    return new Transaction(
        MessageType.of(ASN1PrintableString.getInstance(sequence.getObjectAt(0)).getString())
            .orElseThrow(() -> new MalformedException("the kept transaction is damaged")),
        Certificate.parse(ASN1OctetString.getInstance(sequence.getObjectAt(1)).getOctets()),
        dev.chancery.pki.Der.of(ASN1OctetString.getInstance(sequence.getObjectAt(2)).getOctets()));
  }
}
