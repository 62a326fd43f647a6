package dev.chancery.scep.responder;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.wire.MessageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;

/// What a poll needs of the request that it asks about: kept sealed, since the request holds the
/// challenge password.
///
/// @param type PKCSReq or RenewalReq
/// @param request PKCS#10 in DER, as sent
/// @param generation of the CA for whose registration authority the request was sealed: a request
///   keeps it (SCEP-044). Empty in what was kept before there were generations.
record Transaction(
    MessageType type,
    Certificate signer,
    dev.chancery.pki.Der request,
    Optional<String> generation) {
  private static final int MAX_BYTES = 128 * 1024;

  byte[] encode() {
    try {
      ASN1EncodableVector fields = new ASN1EncodableVector();
      fields.add(new DERPrintableString(type.number()));
      fields.add(new DEROctetString(signer.der().toByteArray()));
      fields.add(new DEROctetString(request.toByteArray()));
      generation.ifPresent(id -> fields.add(new DERUTF8String(id)));
      return new DERSequence(fields).getEncoded(ASN1Encoding.DER);
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
        dev.chancery.pki.Der.of(ASN1OctetString.getInstance(sequence.getObjectAt(2)).getOctets()),
        sequence.size() > 3
            ? Optional.of(ASN1UTF8String.getInstance(sequence.getObjectAt(3)).getString())
            : Optional.empty());
  }
}
