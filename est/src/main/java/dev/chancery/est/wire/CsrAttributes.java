package dev.chancery.est.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;

/// What a server wants to see in certification requests (RFC 7030 §4.5, RFC 9908). The order of the
/// elements means nothing and is kept.
public record CsrAttributes(List<CsrAttribute> elements) {
  /// challengePassword: the server demands the channel binding (RFC 7030 §3.5).
  public static final String CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";

  /// estIdentityLinking: the server demands the channel binding in this attribute (RFC 7894 §3.3).
  public static final String EST_IDENTITY_LINKING = "1.2.840.113549.1.9.16.2.58";

  /// id-ExtensionReq (RFC 2985 §5.4.2).
  static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

  /// id-aa-certificationRequestInfoTemplate (RFC 9908 §3.4).
  static final String TEMPLATE = "1.2.840.113549.1.9.16.2.61";

  /// id-aa-extensionReqTemplate (RFC 9908 §3.4).
  static final String EXTENSION_REQUEST_TEMPLATE = "1.2.840.113549.1.9.16.2.62";

  static final String RSA = "1.2.840.113549.1.1.1";
  static final String EC = "1.2.840.10045.2.1";

  /// The wish for an RSA key of any length.
  public static final CsrAttribute.KeyWish ANY_RSA =
      new CsrAttribute.KeyWish(RSA, Optional.empty(), OptionalInt.empty());

  /// Key types whose OID says it all.
  private static final Map<KeyType, String> WHOLE_KEY_TYPES =
      Map.of(
          KeyType.ED25519, "1.3.101.112",
          KeyType.ML_DSA_44, "2.16.840.1.101.3.4.3.17",
          KeyType.ML_DSA_65, "2.16.840.1.101.3.4.3.18",
          KeyType.ML_DSA_87, "2.16.840.1.101.3.4.3.19");

  static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_ELEMENTS = 64;

  public CsrAttributes {
    elements = List.copyOf(elements);
  }

  /// The wish for a key of `type`.
  public static CsrAttribute.KeyWish wish(KeyType type) {
    return switch (type) {
      case P_256 -> curve("1.2.840.10045.3.1.7");
      case P_384 -> curve("1.3.132.0.34");
      case P_521 -> curve("1.3.132.0.35");
      case RSA_2048, RSA_3072, RSA_4096 ->
          new CsrAttribute.KeyWish(RSA, Optional.empty(), OptionalInt.of(type.rsaBits()));
      case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          new CsrAttribute.KeyWish(oidOf(type), Optional.empty(), OptionalInt.empty());
    };
  }

  private static CsrAttribute.KeyWish curve(String oid) {
    return new CsrAttribute.KeyWish(EC, Optional.of(oid), OptionalInt.empty());
  }

  private static String oidOf(KeyType type) {
    return Optional.ofNullable(WHOLE_KEY_TYPES.get(type)).orElseThrow();
  }

  /// Reads an answer. Elements that are unknown or ill-formed become [CsrAttribute.Unrecognized];
  /// among them is RFC 7030's own macAddress example, which RFC 9908 §5.2 declares wrong.
  ///
  /// @throws MalformedException if `der` is not one SEQUENCE within the limits
  public static CsrAttributes parse(byte[] der) {
    ASN1Primitive primitive = DerLimits.parse(der, MAX_BYTES, "CSR attributes");
    if (!(primitive instanceof ASN1Sequence sequence)) {
      throw new MalformedException("the CSR attributes are not a SEQUENCE");
    }
    if (sequence.size() > MAX_ELEMENTS) {
      throw new MalformedException("there are more than " + MAX_ELEMENTS + " CSR attributes");
    }
    List<CsrAttribute> elements = new ArrayList<>();
    for (ASN1Encodable element : sequence) {
      elements.add(element(element.toASN1Primitive()));
    }
    return new CsrAttributes(elements);
  }

  /// The DER encoding; `30 00` if there is nothing to say.
  public byte[] encode() {
    ASN1EncodableVector sequence = new ASN1EncodableVector();
    for (CsrAttribute element : elements) {
      sequence.add(
          switch (element) {
            case CsrAttribute.Named named -> new ASN1ObjectIdentifier(named.oid());
            case CsrAttribute.KeyWish key -> attribute(key.algorithm(), values(key));
            case CsrAttribute.ExtensionWish wish ->
                attribute(EXTENSION_REQUEST, new DERSet(extensions(wish.extensions())));
            case CsrAttribute.Template template ->
                attribute(TEMPLATE, new DERSet(read(template.template().encode())));
            case CsrAttribute.BrokenTemplate broken -> read(broken.element());
            case CsrAttribute.Unrecognized other -> read(other.element());
          });
    }
    return derOf(new DERSequence(sequence));
  }

  private static ASN1Primitive read(Der element) {
    return DerLimits.parse(element.toByteArray(), MAX_BYTES, "CSR attribute");
  }

  /// True if there is nothing to say.
  public boolean isEmpty() {
    return elements.isEmpty();
  }

  /// True if the server demands the channel binding. Asked of the whole answer, also where there is
  /// a template: the demand is RFC 7030's (§3.5), and a template has no way to ask for an attribute
  /// whose value only the client knows.
  public boolean demandsChannelBinding() {
    return demands(CHALLENGE_PASSWORD) || demands(EST_IDENTITY_LINKING);
  }

  /// The attribute that shall hold the channel binding: [#EST_IDENTITY_LINKING] where the server
  /// announces it, [#CHALLENGE_PASSWORD] otherwise (RFC 7894 §3.3).
  public String identityLinkingAttribute() {
    return demands(EST_IDENTITY_LINKING) ? EST_IDENTITY_LINKING : CHALLENGE_PASSWORD;
  }

  private boolean demands(String oid) {
    return elements.stream()
        .anyMatch(element ->
            switch (element) {
              case CsrAttribute.Named named -> named.oid().equals(oid);
              case CsrAttribute.Template template ->
                  template.template().attributes().stream()
                      .anyMatch(attribute -> attribute.oid().equals(oid));
              case CsrAttribute.KeyWish _key -> false;
              case CsrAttribute.ExtensionWish _extensions -> false;
              case CsrAttribute.BrokenTemplate _broken -> false;
              case CsrAttribute.Unrecognized _other -> false;
            });
  }

  /// The template, if there is one: then the client uses it and ignores the other elements (RFC
  /// 9908 §4).
  ///
  /// @throws MalformedException if there are several, or it breaks the rules of RFC 9908 §3.4: the
  ///   server wants something that nobody can tell, so falling back to the other elements would be
  ///   a guess (EST-196)
  public Optional<CertificationRequestTemplate> template() {
    List<CertificationRequestTemplate> templates = new ArrayList<>();
    for (CsrAttribute element : elements) {
      if (element instanceof CsrAttribute.BrokenTemplate broken) {
        throw new MalformedException(broken.defect());
      }
      if (element instanceof CsrAttribute.Template template) {
        templates.add(template.template());
      }
    }
    if (templates.size() > 1) {
      throw new MalformedException("the CSR attributes hold more than one template");
    }
    return templates.stream().findFirst();
  }

  /// The key that is wished for. Empty if there is no such wish, or several, which says nothing
  /// (RFC 9908 §3.2).
  public Optional<CsrAttribute.KeyWish> key() {
    List<CsrAttribute.KeyWish> wishes =
        elements.stream()
            .filter(CsrAttribute.KeyWish.class::isInstance)
            .map(CsrAttribute.KeyWish.class::cast)
            .toList();
    return wishes.size() == 1 ? Optional.of(wishes.getFirst()) : Optional.empty();
  }

  private static CsrAttribute element(ASN1Primitive element) {
    if (element instanceof ASN1ObjectIdentifier oid) {
      return new CsrAttribute.Named(oid.getId());
    }
    if (element instanceof ASN1Sequence sequence
        && sequence.size() == 2
        && sequence.getObjectAt(0) instanceof ASN1ObjectIdentifier type
        && sequence.getObjectAt(1) instanceof ASN1Set values) {
      Optional<? extends CsrAttribute> known =
          switch (type.getId()) {
            case RSA -> rsaKey(values);
            case EC -> ecKey(values);
            case EXTENSION_REQUEST -> extensionWish(values);
            case TEMPLATE -> Optional.of(template(element, values));
            default ->
                WHOLE_KEY_TYPES.containsValue(type.getId()) && values.size() == 0
                    ? Optional.of(
                        new CsrAttribute.KeyWish(
                            type.getId(), Optional.empty(), OptionalInt.empty()))
                    : Optional.empty();
          };
      if (known.isPresent()) {
        return known.get();
      }
    }
    return new CsrAttribute.Unrecognized(Der.of(derOf(element)));
  }

  private static CsrAttribute template(ASN1Primitive element, ASN1Set values) {
    try {
      if (values.size() != 1) {
        throw new MalformedException("the template attribute does not have exactly one value");
      }
      return new CsrAttribute.Template(
          CertificationRequestTemplate.parse(Der.of(derOf(values.getObjectAt(0)))));
    } catch (MalformedException e) {
      return new CsrAttribute.BrokenTemplate(Der.of(derOf(element)), e.safeMessage());
    }
  }

  private static Optional<CsrAttribute.KeyWish> rsaKey(ASN1Set values) {
    if (values.size() == 0) {
      return Optional.of(new CsrAttribute.KeyWish(RSA, Optional.empty(), OptionalInt.empty()));
    }
    return values.size() == 1
            && values.getObjectAt(0) instanceof ASN1Integer bits
            && bits.getValue().signum() > 0
            && bits.getValue().bitLength() < 31
        ? Optional.of(
            new CsrAttribute.KeyWish(
                RSA, Optional.empty(), OptionalInt.of(bits.getValue().intValueExact())))
        : Optional.empty();
  }

  private static Optional<CsrAttribute.KeyWish> ecKey(ASN1Set values) {
    if (values.size() == 0) {
      return Optional.of(new CsrAttribute.KeyWish(EC, Optional.empty(), OptionalInt.empty()));
    }
    return values.size() == 1 && values.getObjectAt(0) instanceof ASN1ObjectIdentifier oid
        ? Optional.of(curve(oid.getId()))
        : Optional.empty();
  }

  /// One `Extensions` whose members are whole and differ; anything else is not what RFC 9908 §3.2
  /// means.
  private static Optional<CsrAttribute.ExtensionWish> extensionWish(ASN1Set values) {
    if (values.size() != 1 || !(values.getObjectAt(0) instanceof ASN1Sequence sequence)) {
      return Optional.empty();
    }
    try {
      Set<String> seen = new HashSet<>();
      List<CertificateExtension> extensions = new ArrayList<>();
      for (ASN1Encodable element : sequence) {
        Extension extension = Extension.getInstance(element);
        String oid = extension.getExtnId().getId();
        if (!seen.add(oid)) {
          return Optional.empty();
        }
        extensions.add(
            new CertificateExtension(
                oid, extension.isCritical(), Der.of(extension.getExtnValue().getOctets())));
      }
      return Optional.of(new CsrAttribute.ExtensionWish(extensions));
    } catch (IllegalArgumentException | ClassCastException notAnExtension) {
      return Optional.empty();
    }
  }

  private static ASN1Set values(CsrAttribute.KeyWish key) {
    if (key.curve().isPresent()) {
      return new DERSet(new ASN1ObjectIdentifier(key.curve().get()));
    }
    return key.modulusBits().isPresent()
        ? new DERSet(new ASN1Integer(BigInteger.valueOf(key.modulusBits().getAsInt())))
        : new DERSet();
  }

  private static ASN1Encodable extensions(List<CertificateExtension> extensions) {
    Extension[] all =
        extensions.stream()
            .map(extension ->
                new Extension(
                    new ASN1ObjectIdentifier(extension.oid()),
                    extension.critical(),
                    new DEROctetString(extension.value().toByteArray())))
            .toArray(Extension[]::new);
    if (Arrays.stream(all).map(Extension::getExtnId).distinct().count() != all.length) {
      throw new IllegalArgumentException("an extension is wished for twice");
    }
    return new Extensions(all);
  }

  static DERSequence attribute(String oid, ASN1Set values) {
    ASN1EncodableVector attribute = new ASN1EncodableVector();
    attribute.add(new ASN1ObjectIdentifier(oid));
    attribute.add(values);
    return new DERSequence(attribute);
  }

  static byte[] derOf(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("CSR attributes cannot be encoded", e);
    }
  }
}
