package dev.chancery.pki.request;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1BMPString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1T61String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;

/// Reads the attributes of a certification request.
final class RequestAttributes {
  static final String CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";
  static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

  /// What old Microsoft software calls the extension request.
  private static final String MICROSOFT_EXTENSION_REQUEST = "1.3.6.1.4.1.311.2.1.14";

  static final String CHANGE_SUBJECT_NAME = "1.3.6.1.5.5.7.7.36";

  static final String DECRYPT_KEY_IDENTIFIER = "1.2.840.113549.1.9.16.2.37";
  static final String ASYMMETRIC_DECRYPT_KEY_IDENTIFIER = "1.2.840.113549.1.9.16.2.54";
  static final String SMIME_CAPABILITIES = "1.2.840.113549.1.9.15";

  /// RFC 4108 §2.2.5 sets no limit; nobody needs more.
  private static final int MAX_KEY_IDENTIFIER_BYTES = 256;

  static final String OTP_CHALLENGE = "1.2.840.113549.1.9.16.2.56";
  static final String REVOCATION_CHALLENGE = "1.2.840.113549.1.9.16.2.57";
  static final String EST_IDENTITY_LINKING = "1.2.840.113549.1.9.16.2.58";

  /// RFC 2985 §5.4.1 stops at 255; the challenges that Microsoft Intune makes have some thousand
  /// characters (SCEP-160).
  private static final int MAX_CHALLENGE_LENGTH = 16 * 1024;

  /// RFC 7894 §3, after pkcs-9-ub-challengePassword.
  private static final int MAX_OTHER_LENGTH = 255;

  private static final int MAX_ATTRIBUTES = 32;
  private static final int MAX_EXTENSIONS = 32;

  private RequestAttributes() {}

  /// Reads the encoding or text.
  ///
  /// @param set absent in requests of some old software that leaves the field out altogether
  static List<RequestAttribute> parse(@Nullable ASN1Set set) {
    if (set == null) {
      return List.of();
    }
    if (set.size() > MAX_ATTRIBUTES) {
      throw new MalformedException("the request has more than " + MAX_ATTRIBUTES + " attributes");
    }
    Set<String> seen = new HashSet<>();
    List<RequestAttribute> attributes = new ArrayList<>();
    for (ASN1Encodable element : set) {
      Attribute attribute = Attribute.getInstance(element);
      String oid = attribute.getAttrType().getId();
      // Both OIDs say the same, so a request may hold one of them.
      String kind = oid.equals(MICROSOFT_EXTENSION_REQUEST) ? EXTENSION_REQUEST : oid;
      if (!seen.add(kind)) {
        throw new MalformedException("the request has the attribute " + oid + " twice");
      }
      attributes.add(
          switch (kind) {
            case CHALLENGE_PASSWORD ->
                new RequestAttribute.ChallengePassword(challengePassword(single(attribute)));
            case OTP_CHALLENGE ->
                new RequestAttribute.OtpChallenge(text(single(attribute), "otpChallenge"));
            case REVOCATION_CHALLENGE ->
                new RequestAttribute.RevocationChallenge(
                    text(single(attribute), "revocationChallenge"));
            case EST_IDENTITY_LINKING ->
                new RequestAttribute.EstIdentityLinking(
                    text(single(attribute), "estIdentityLinking"));
            case EXTENSION_REQUEST -> extensions(single(attribute));
            case CHANGE_SUBJECT_NAME -> changeSubjectName(single(attribute));
            case DECRYPT_KEY_IDENTIFIER ->
                new RequestAttribute.DecryptKeyIdentifier(keyIdentifier(single(attribute)));
            case ASYMMETRIC_DECRYPT_KEY_IDENTIFIER ->
                new RequestAttribute.AsymmetricDecryptKeyIdentifier(
                    keyIdentifier(single(attribute)));
            case SMIME_CAPABILITIES ->
                new RequestAttribute.Capabilities(SmimeCapabilities.of(single(attribute)));
            default ->
                new RequestAttribute.Unrecognized(oid, Der.of(encode(attribute.getAttrValues())));
          });
    }
    return List.copyOf(attributes);
  }

  private static ASN1Encodable single(Attribute attribute) {
    if (attribute.getAttrValues().size() != 1) {
      throw new MalformedException(
          "the attribute " + attribute.getAttrType().getId() + " does not have exactly one value");
    }
    return attribute.getAttrValues().getObjectAt(0);
  }

  /// RFC 2985 allows any DirectoryString; SCEP clients send IA5String too.
  private static String challengePassword(ASN1Encodable value) {
    boolean known =
        value instanceof ASN1PrintableString
            || value instanceof ASN1UTF8String
            || value instanceof ASN1IA5String
            || value instanceof ASN1T61String
            || value instanceof ASN1BMPString;
    if (!known) {
      throw new MalformedException("the challengePassword is not a DirectoryString or IA5String");
    }
    return bounded((ASN1String) value, "challengePassword", MAX_CHALLENGE_LENGTH);
  }

  /// The types that RFC 7894 §3 has.
  private static String text(ASN1Encodable value, String name) {
    if (!(value instanceof ASN1PrintableString || value instanceof ASN1UTF8String)) {
      throw new MalformedException("the " + name + " is not a PrintableString or UTF8String");
    }
    return bounded((ASN1String) value, name, MAX_OTHER_LENGTH);
  }

  private static String bounded(ASN1String value, String name, int most) {
    String text = value.getString();
    if (text.length() > most) {
      throw new MalformedException("the " + name + " is longer than " + most + " characters");
    }
    return text;
  }

  private static Der keyIdentifier(ASN1Encodable value) {
    byte[] octets = ASN1OctetString.getInstance(value).getOctets();
    if (octets.length == 0 || octets.length > MAX_KEY_IDENTIFIER_BYTES) {
      throw new MalformedException(
          "a decryption key identifier has 1 to " + MAX_KEY_IDENTIFIER_BYTES + " octets");
    }
    return Der.of(octets);
  }

  private static RequestAttribute extensions(ASN1Encodable value) {
    ASN1Sequence sequence = ASN1Sequence.getInstance(value);
    if (sequence.size() > MAX_EXTENSIONS) {
      throw new MalformedException(
          "the request asks for more than " + MAX_EXTENSIONS + " extensions");
    }
    Set<String> seen = new HashSet<>();
    for (ASN1Encodable element : sequence) {
      String oid = Extension.getInstance(element).getExtnId().getId();
      if (!seen.add(oid)) {
        throw new MalformedException("the request asks for the extension " + oid + " twice");
      }
    }
    if (sequence.size() == 0) {
      return new RequestAttribute.ExtensionRequest(List.of());
    }
    Extensions extensions = Extensions.getInstance(sequence);
    return new RequestAttribute.ExtensionRequest(
        Arrays.stream(extensions.getExtensionOIDs())
            .map(extensions::getExtension)
            .map(extension ->
                new CertificateExtension(
                    extension.getExtnId().getId(),
                    extension.isCritical(),
                    Der.of(extension.getExtnValue().getOctets())))
            .toList());
  }

  /// Two encodings are in use (EST-105): RFC 6402 leaves both fields untagged, told apart by what
  /// is inside; its erratum 3943 and RFC 10002 §7.1 tag the second `[1]`.
  private static RequestAttribute changeSubjectName(ASN1Encodable value) {
    ASN1Sequence sequence = ASN1Sequence.getInstance(value);
    if (sequence.size() < 1 || sequence.size() > 2) {
      throw new MalformedException("ChangeSubjectName holds a subject, a subjectAlt, or both");
    }
    X500Name subject = null;
    GeneralNames alternatives = null;
    for (ASN1Encodable element : sequence) {
      if (alternatives != null) {
        throw new MalformedException("ChangeSubjectName has its fields out of order");
      }
      if (element instanceof ASN1TaggedObject tagged && tagged.hasContextTag(1)) {
        alternatives = GeneralNames.getInstance(tagged, false);
      } else if (subject == null && isName(ASN1Sequence.getInstance(element))) {
        subject = X500Name.getInstance(element);
      } else {
        alternatives = GeneralNames.getInstance(element);
      }
    }
    return new RequestAttribute.ChangeSubjectName(
        new SubjectNames(
            subject == null ? DistinguishedName.empty() : DistinguishedName.of(subject),
            alternatives == null
                ? List.of()
                : Arrays.stream(alternatives.getNames()).map(GeneralName::of).toList()));
  }

  private static boolean isName(ASN1Sequence sequence) {
    return sequence.size() == 0 || sequence.getObjectAt(0) instanceof ASN1Set;
  }

  private static byte[] encode(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new MalformedException("an attribute cannot be encoded", e);
    }
  }
}
