package dev.chancery.est.wire;

import dev.chancery.est.wire.CertificationRequestTemplate.Attribute;
import dev.chancery.est.wire.CertificationRequestTemplate.ExtensionTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.KeyDemand;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CertificationRequestTemplate.Subject;
import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// The encoding of a [CertificationRequestTemplate] (RFC 9908, appendix A).
final class CertificationRequestTemplateDer {
  private static final int KEY_TAG = 0;
  private static final int ATTRIBUTES_TAG = 1;
  private static final BigInteger EXPONENT = BigInteger.valueOf(65537);

  private CertificationRequestTemplateDer() {}

  static CertificationRequestTemplate parse(Der der) {
    ASN1Primitive primitive =
        DerLimits.parse(der.toByteArray(), CsrAttributes.MAX_BYTES, "request template");
    try {
      return template(ASN1Sequence.getInstance(primitive));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      throw new MalformedException(
          "the request template is no CertificationRequestInfoTemplate (RFC 9908 §3.4)", e);
    }
  }

  private static CertificationRequestTemplate template(ASN1Sequence fields) {
    if (!ASN1Integer.getInstance(fields.getObjectAt(0)).hasValue(0)) {
      throw new MalformedException("the request template's version is not 0 (RFC 9908 §3.4)");
    }
    int at = 1;
    Optional<Subject> subject = Optional.empty();
    if (fields.size() > at && fields.getObjectAt(at) instanceof ASN1Sequence rdns) {
      subject = Optional.of(subject(rdns));
      at++;
    }
    Optional<KeyDemand> key = Optional.empty();
    if (fields.size() > at
        && fields.getObjectAt(at) instanceof ASN1TaggedObject tagged
        && tagged.hasContextTag(KEY_TAG)) {
      key = Optional.of(key(ASN1Sequence.getInstance(tagged, false)));
      at++;
    }
    if (fields.size() != at + 1
        || !(fields.getObjectAt(at) instanceof ASN1TaggedObject tagged)
        || !tagged.hasContextTag(ATTRIBUTES_TAG)) {
      throw new MalformedException(
          "the request template has no attributes field, or has others (RFC 9908 §3.4)");
    }
    List<Attribute> attributes = new ArrayList<>();
    for (ASN1Encodable element : ASN1Set.getInstance(tagged, false)) {
      attributes.add(attribute(ASN1Sequence.getInstance(element)));
    }
    return new CertificationRequestTemplate(subject, key, attributes);
  }

  private static Subject subject(ASN1Sequence rdns) {
    List<List<SingleAttribute>> all = new ArrayList<>();
    for (ASN1Encodable rdn : rdns) {
      List<SingleAttribute> attributes = new ArrayList<>();
      for (ASN1Encodable element : ASN1Set.getInstance(rdn)) {
        ASN1Sequence attribute = sized(element, 1, 2);
        attributes.add(
            new SingleAttribute(
                ASN1ObjectIdentifier.getInstance(attribute.getObjectAt(0)).getId(),
                attribute.size() == 2
                    ? Optional.of(der(attribute.getObjectAt(1)))
                    : Optional.empty()));
      }
      all.add(attributes);
    }
    return new Subject(all);
  }

  private static KeyDemand key(ASN1Sequence fields) {
    sized(fields, 1, 2);
    return new KeyDemand(
        der(AlgorithmIdentifier.getInstance(fields.getObjectAt(0))),
        fields.size() == 2
            ? Optional.of(Der.of(ASN1BitString.getInstance(fields.getObjectAt(1)).getOctets()))
            : Optional.empty());
  }

  private static Attribute attribute(ASN1Sequence fields) {
    sized(fields, 2, 2);
    String oid = ASN1ObjectIdentifier.getInstance(fields.getObjectAt(0)).getId();
    ASN1Set values = ASN1Set.getInstance(fields.getObjectAt(1));
    boolean whole = oid.equals(CsrAttributes.EXTENSION_REQUEST);
    if (!whole && !oid.equals(CsrAttributes.EXTENSION_REQUEST_TEMPLATE)) {
      return new Attribute.Other(oid, der(values));
    }
    if (values.size() != 1) {
      throw new MalformedException(
          "an extension request in the template does not have exactly one value (RFC 9908 §3.4)");
    }
    List<ExtensionTemplate> extensions = new ArrayList<>();
    for (ASN1Encodable element : ASN1Sequence.getInstance(values.getObjectAt(0))) {
      extensions.add(extension(sized(element, 1, 3)));
    }
    return whole
        ? new Attribute.ExtensionRequest(
            extensions.stream().map(CertificationRequestTemplateDer::whole).toList())
        : new Attribute.ExtensionRequestTemplate(extensions);
  }

  private static ExtensionTemplate extension(ASN1Sequence fields) {
    int at = 1;
    boolean critical = false;
    if (fields.size() > at && fields.getObjectAt(at) instanceof ASN1Boolean flag) {
      critical = flag.isTrue();
      at++;
    }
    Optional<Der> value = Optional.empty();
    if (fields.size() > at) {
      value = Optional.of(Der.of(ASN1OctetString.getInstance(fields.getObjectAt(at)).getOctets()));
      at++;
    }
    if (fields.size() > at) {
      throw new MalformedException("an extension in the template has a field too many");
    }
    return new ExtensionTemplate(
        ASN1ObjectIdentifier.getInstance(fields.getObjectAt(0)).getId(), critical, value);
  }

  private static CertificateExtension whole(ExtensionTemplate extension) {
    return new CertificateExtension(
        extension.oid(),
        extension.critical(),
        extension
            .value()
            .orElseThrow(() ->
                new MalformedException(
                    "an extension without value stands in id-ExtensionReq (RFC 9908 §3.4)")));
  }

  private static ASN1Sequence sized(ASN1Encodable element, int least, int most) {
    ASN1Sequence sequence = ASN1Sequence.getInstance(element);
    if (sequence.size() < least || sequence.size() > most) {
      throw new MalformedException("a part of the request template has too few or too many fields");
    }
    return sequence;
  }

  static Der encode(CertificationRequestTemplate template) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(new ASN1Integer(0));
    template.subject().ifPresent(subject -> fields.add(encoded(subject)));
    template.key().ifPresent(key -> fields.add(new DERTaggedObject(false, KEY_TAG, encoded(key))));
    ASN1EncodableVector attributes = new ASN1EncodableVector();
    for (Attribute attribute : template.attributes()) {
      attributes.add(
          CsrAttributes.attribute(
              attribute.oid(),
              switch (attribute) {
                case Attribute.ExtensionRequest _request -> new DERSet(extensions(attribute));
                case Attribute.ExtensionRequestTemplate _partial ->
                    new DERSet(extensions(attribute));
                case Attribute.Other other -> ASN1Set.getInstance(primitive(other.values()));
              }));
    }
    fields.add(new DERTaggedObject(false, ATTRIBUTES_TAG, new DERSet(attributes)));
    return der(new DERSequence(fields));
  }

  private static DERSequence encoded(Subject subject) {
    ASN1EncodableVector rdns = new ASN1EncodableVector();
    for (List<SingleAttribute> rdn : subject.rdns()) {
      ASN1EncodableVector attributes = new ASN1EncodableVector();
      for (SingleAttribute attribute : rdn) {
        ASN1EncodableVector fields = new ASN1EncodableVector();
        fields.add(new ASN1ObjectIdentifier(attribute.type()));
        attribute.value().ifPresent(value -> fields.add(primitive(value)));
        attributes.add(new DERSequence(fields));
      }
      rdns.add(new DERSet(attributes));
    }
    return new DERSequence(rdns);
  }

  private static DERSequence encoded(KeyDemand key) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(primitive(key.algorithm()));
    key.placeholder().ifPresent(value -> fields.add(new DERBitString(value.toByteArray())));
    return new DERSequence(fields);
  }

  private static DERSequence extensions(Attribute attribute) {
    ASN1EncodableVector all = new ASN1EncodableVector();
    CertificationRequestTemplate alone =
        new CertificationRequestTemplate(Optional.empty(), Optional.empty(), List.of(attribute));
    for (ExtensionTemplate extension : alone.extensions()) {
      ASN1EncodableVector fields = new ASN1EncodableVector();
      fields.add(new ASN1ObjectIdentifier(extension.oid()));
      if (extension.critical()) {
        fields.add(ASN1Boolean.TRUE);
      }
      extension.value().ifPresent(value -> fields.add(new DEROctetString(value.toByteArray())));
      all.add(new DERSequence(fields));
    }
    return new DERSequence(all);
  }

  static KeyDemand demand(CsrAttribute.KeyWish wish) {
    ASN1ObjectIdentifier oid = new ASN1ObjectIdentifier(wish.algorithm());
    AlgorithmIdentifier algorithm;
    if (wish.curve().isPresent()) {
      algorithm = new AlgorithmIdentifier(oid, new ASN1ObjectIdentifier(wish.curve().get()));
    } else if (wish.algorithm().equals(CsrAttributes.RSA)) {
      algorithm = new AlgorithmIdentifier(oid, DERNull.INSTANCE);
    } else {
      algorithm = new AlgorithmIdentifier(oid);
    }
    return new KeyDemand(
        der(algorithm),
        wish.modulusBits().isPresent()
            ? Optional.of(placeholder(wish.modulusBits().getAsInt()))
            : Optional.empty());
  }

  /// No key at all: an odd number of the demanded length.
  private static Der placeholder(int bits) {
    return der(new RSAPublicKey(BigInteger.ONE.shiftLeft(bits - 1).setBit(0), EXPONENT));
  }

  static CsrAttribute.KeyWish wish(Der algorithm, Optional<Der> placeholder) {
    try {
      AlgorithmIdentifier identifier = AlgorithmIdentifier.getInstance(primitive(algorithm));
      String oid = identifier.getAlgorithm().getId();
      if (placeholder.isPresent() && !oid.equals(CsrAttributes.RSA)) {
        throw new MalformedException(
            "the template has a placeholder for a key that is not RSA (RFC 9908 §3.4)");
      }
      return new CsrAttribute.KeyWish(
          oid,
          oid.equals(CsrAttributes.EC)
                  && identifier.getParameters() instanceof ASN1ObjectIdentifier curve
              ? Optional.of(curve.getId())
              : Optional.empty(),
          placeholder.isPresent()
              ? OptionalInt.of(
                  RSAPublicKey.getInstance(primitive(placeholder.get())).getModulus().bitLength())
              : OptionalInt.empty());
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      throw new MalformedException("the template's key demand is malformed", e);
    }
  }

  private static ASN1Primitive primitive(Der der) {
    return DerLimits.parse(der.toByteArray(), CsrAttributes.MAX_BYTES, "request template");
  }

  private static Der der(ASN1Encodable value) {
    return Der.of(CsrAttributes.derOf(value));
  }
}
