package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DLSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.DLTaggedObject;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;

/// The "certs-only" message: SignedData without content and without signers (RFC 5272 §4.1, RFC
/// 5652 §5.1). The order of the certificates means nothing.
public final class CertsOnly {
  private static final int MAX_BYTES = 1024 * 1024;

  private CertsOnly() {}

  /// DER of a message with exactly these certificates.
  public static byte[] encode(List<Certificate> certificates) {
    ASN1EncodableVector set = new ASN1EncodableVector();
    certificates.forEach(certificate -> set.add(certificate.toAsn1()));
    SignedData signedData =
        new SignedData(
            new DERSet(),
            new ContentInfo(CMSObjectIdentifiers.data, null),
            new DERSet(set),
            null,
            new DERSet());
    try {
      return new ContentInfo(CMSObjectIdentifiers.signedData, signedData)
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a certs-only message could not be encoded", e);
    }
  }

  /// DER of a message with one CRL and no certificate (RFC 8894 §4.6.1).
  ///
  /// @param revocationList DER of a CRL
  public static byte[] encodeList(Der revocationList) {
    try {
      SignedData signedData =
          new SignedData(
              new DERSet(),
              new ContentInfo(CMSObjectIdentifiers.data, null),
              null,
              new DERSet(ASN1Primitive.fromByteArray(revocationList.toByteArray())),
              new DERSet());
      return new ContentInfo(CMSObjectIdentifiers.signedData, signedData)
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a message with a CRL could not be encoded", e);
    }
  }

  /// A message with these certificates as they stand, for clients that take the first one: the
  /// encoding of the set is not sorted, so this is BER with definite lengths (SCEP-033, SCEP-120).
  public static byte[] encodeInOrder(List<Certificate> certificates) {
    ASN1EncodableVector set = new ASN1EncodableVector();
    certificates.forEach(certificate -> set.add(certificate.toAsn1()));
    ASN1EncodableVector signedData = new ASN1EncodableVector();
    signedData.add(new ASN1Integer(1));
    signedData.add(new DERSet());
    signedData.add(new ContentInfo(CMSObjectIdentifiers.data, null));
    signedData.add(new DLTaggedObject(false, 0, new DLSet(set)));
    signedData.add(new DERSet());
    try {
      return new ContentInfo(CMSObjectIdentifiers.signedData, new DLSequence(signedData))
          .getEncoded(ASN1Encoding.DL);
    } catch (IOException e) {
      throw new UncheckedIOException("a certs-only message could not be encoded", e);
    }
  }

  /// Reads a message, in BER too, since some servers send indefinite lengths (EST-047).
  /// Certificates of other formats in the set are passed over.
  ///
  /// @throws MalformedException if it is no such message
  public static List<Certificate> parse(byte[] ber) {
    ASN1Primitive primitive = DerLimits.parseBer(ber, MAX_BYTES, "certs-only message");
    try {
      ContentInfo contentInfo = ContentInfo.getInstance(primitive);
      if (!contentInfo.getContentType().equals(CMSObjectIdentifiers.signedData)) {
        throw new MalformedException("the message is not SignedData");
      }
      ASN1Set set = SignedData.getInstance(contentInfo.getContent()).getCertificates();
      List<Certificate> certificates = new ArrayList<>();
      if (set != null) {
        for (ASN1Encodable element : set) {
          if (!(element instanceof ASN1TaggedObject)) {
            certificates.add(
                Certificate.parse(element.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
          }
        }
      }
      return List.copyOf(certificates);
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the certs-only message is not CMS SignedData", e);
    }
  }
}
