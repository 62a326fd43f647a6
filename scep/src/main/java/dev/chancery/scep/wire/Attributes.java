package dev.chancery.scep.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.cms.SignedMessage.SignedAttribute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cms.Time;

/// SCEP's signed attributes (RFC 8894 §3.2.1). Sent with exactly the RFC's types, since several
/// clients stop at others (SCEP-061); read with some leniency (SCEP-062).
final class Attributes {
  private static final String PREFIX = "2.16.840.1.113733.1.9.";
  private static final int MAX_BYTES = 4096;

  /// The attributes, by object identifier.
  static final String MESSAGE_TYPE = PREFIX + "2";

  static final String PKI_STATUS = PREFIX + "3";
  static final String FAIL_INFO = PREFIX + "4";
  static final String SENDER_NONCE = PREFIX + "5";
  static final String RECIPIENT_NONCE = PREFIX + "6";
  static final String TRANSACTION_ID = PREFIX + "7";
  static final String SIGNING_TIME = "1.2.840.113549.1.9.5";
  static final String FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1";

  private Attributes() {}

  static boolean isPrintable(String text) {
    return DERPrintableString.isPrintableString(text);
  }

  /// A text of the PrintableString alphabet, whatever kind of string it stands in.
  static Optional<String> text(SignedMessage message, String oid) {
    return message
        .attribute(oid)
        .map(value -> {
          ASN1Primitive string = decode(value);
          if (string instanceof ASN1PrintableString
              || string instanceof ASN1UTF8String
              || string instanceof ASN1IA5String) {
            String text = ((ASN1String) string).getString();
            if (isPrintable(text)) {
              return text;
            }
          }
          throw new MalformedException("the attribute " + oid + " is not a PrintableString");
        });
  }

  static Optional<Nonce> nonce(SignedMessage message, String oid) {
    return message
        .attribute(oid)
        .map(value -> {
          if (decode(value) instanceof ASN1OctetString octets) {
            return new Nonce(Der.of(octets.getOctets()));
          }
          throw new MalformedException("the attribute " + oid + " is not an OCTET STRING");
        });
  }

  /// When the message says that it was signed (RFC 5652 §11.3), if it says so.
  static Optional<Instant> signingTime(SignedMessage message) {
    return message
        .attribute(SIGNING_TIME)
        .map(value -> {
          try {
            return Time.getInstance(decode(value)).getDate().toInstant();
          } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MalformedException("the attribute " + SIGNING_TIME + " is not a time", e);
          }
        });
  }

  static SignedAttribute signingTime(Instant at) {
    return attribute(SIGNING_TIME, new Time(Date.from(at)));
  }

  /// A text for people, without control characters; empty where it is no text.
  static Optional<String> textForPeople(SignedMessage message) {
    return message
        .attribute(FAIL_INFO_TEXT)
        .map(Attributes::decode)
        .filter(ASN1String.class::isInstance)
        .map(value -> ((ASN1String) value).getString().replaceAll("\\p{Cntrl}+", " ").strip());
  }

  private static ASN1Primitive decode(Der value) {
    return DerLimits.parse(value.toByteArray(), MAX_BYTES, "signed attribute");
  }

  static SignedAttribute printable(String oid, String text) {
    return attribute(oid, new DERPrintableString(text));
  }

  static SignedAttribute utf8(String oid, String text) {
    return attribute(oid, new DERUTF8String(text));
  }

  static SignedAttribute nonce(String oid, Nonce nonce) {
    return attribute(oid, new DEROctetString(nonce.octets().toByteArray()));
  }

  private static SignedAttribute attribute(String oid, ASN1Encodable value) {
    try {
      return new SignedAttribute(
          oid, List.of(Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER))));
    } catch (IOException e) {
      throw new UncheckedIOException("a signed attribute could not be encoded", e);
    }
  }
}
