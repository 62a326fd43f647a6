package dev.chancery.est.wire;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.GeneralName;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1TaggedObject;

/// How a certification request shall look: CertificationRequestInfoTemplate (RFC 9908 §3.4), a
/// PKCS#10 request that is filled in as far as the server has an opinion. What is absent is free;
/// what is there without a value is for the client to fill in; what has a value is to be used as it
/// is. A client that understands it follows it and nothing else in the answer (RFC 9908 §4).
///
/// @param subject what the subject shall hold; empty if the server does not care
/// @param key what key it shall be for; empty if the server does not care
/// @param attributes the request's attributes, each type once
public record CertificationRequestTemplate(
    Optional<Subject> subject, Optional<KeyDemand> key, List<Attribute> attributes) {
  private static final int MAX_PARTS = 32;

  /// The subject's RDNs in encoded order, the most general first.
  public record Subject(List<List<SingleAttribute>> rdns) {
    /// Takes what an RDNSequenceTemplate may hold.
    ///
    /// @throws MalformedException if there is no RDN, an empty one, or too many: a subject of which
    ///   nothing is demanded is absent
    public Subject {
      rdns = rdns.stream().map(List::copyOf).toList();
      if (rdns.isEmpty() || rdns.stream().anyMatch(List::isEmpty)) {
        throw new MalformedException(
            "the template's subject demands nothing; then it has to be absent (RFC 9908 §3.4)");
      }
      if (rdns.stream().mapToInt(List::size).sum() > MAX_PARTS) {
        throw new MalformedException(
            "the template's subject has more than " + MAX_PARTS + " attributes");
      }
    }

    /// All attributes, whatever their RDN.
    public List<SingleAttribute> attributes() {
      return rdns.stream().flatMap(List::stream).toList();
    }
  }

  /// One attribute of the subject (SingleAttributeTemplate).
  ///
  /// @param type dotted OID
  /// @param value the value's DER, to be used as it is; empty for the client to fill in
  public record SingleAttribute(String type, Optional<Der> value) {
    /// The value as text, if it has one and it is a string.
    public Optional<String> text() {
      return value
          .map(der -> DerLimits.parse(der.toByteArray(), CsrAttributes.MAX_BYTES, "attribute"))
          .filter(ASN1String.class::isInstance)
          .map(string -> ((ASN1String) string).getString());
    }
  }

  /// The key (SubjectPublicKeyInfoTemplate).
  ///
  /// @param algorithm DER of the AlgorithmIdentifier
  /// @param placeholder for RSA keys of a demanded length: DER of an RSAPublicKey of that length,
  ///   whose value means nothing
  public record KeyDemand(Der algorithm, Optional<Der> placeholder) {
    /// Takes what a SubjectPublicKeyInfoTemplate may hold.
    ///
    /// @throws MalformedException if there is a placeholder and the algorithm is not RSA, or it is
    ///   no RSA key
    public KeyDemand {
      CertificationRequestTemplateDer.wish(algorithm, placeholder);
    }

    /// The demand for a key of `type`.
    public static KeyDemand of(KeyType type) {
      return CertificationRequestTemplateDer.demand(CsrAttributes.wish(type));
    }

    /// The demand for any RSA key.
    public static KeyDemand anyRsa() {
      return CertificationRequestTemplateDer.demand(CsrAttributes.ANY_RSA);
    }

    /// The same in the form of the older key wish.
    public CsrAttribute.KeyWish wish() {
      return CertificationRequestTemplateDer.wish(algorithm, placeholder);
    }
  }

  /// An attribute that the request shall hold.
  public sealed interface Attribute {
    /// The attribute's dotted OID.
    String oid();

    /// id-ExtensionReq: extensions to be used as they are.
    record ExtensionRequest(List<CertificateExtension> extensions) implements Attribute {
      public ExtensionRequest {
        extensions = List.copyOf(extensions);
      }

      @Override
      public String oid() {
        return CsrAttributes.EXTENSION_REQUEST;
      }
    }

    /// id-aa-extensionReqTemplate: extensions of which some are for the client to fill in.
    record ExtensionRequestTemplate(List<ExtensionTemplate> extensions) implements Attribute {
      public ExtensionRequestTemplate {
        extensions = List.copyOf(extensions);
      }

      @Override
      public String oid() {
        return CsrAttributes.EXTENSION_REQUEST_TEMPLATE;
      }
    }

    /// Any other.
    ///
    /// @param values DER of its SET of values
    record Other(String oid, Der values) implements Attribute {}
  }

  /// An extension that the request shall ask for.
  ///
  /// @param critical the flag to be used
  /// @param value the content of extnValue, to be used as it is, apart from names inside a
  ///   subjectAltName that are to be filled in; empty if the whole value is to be filled in
  public record ExtensionTemplate(String oid, boolean critical, Optional<Der> value) {
    /// True if there is something to fill in.
    public boolean isPartial() {
      return value.isEmpty()
          || (oid.equals(SUBJECT_ALTERNATIVE_NAME)
              && CertificationRequestTemplate.names(value.get()).stream()
                  .anyMatch(AlternativeName.ToFillIn.class::isInstance));
    }
  }

  /// A name that the request's subjectAltName shall hold.
  public sealed interface AlternativeName {
    /// This one.
    record Given(GeneralName name) implements AlternativeName {}

    /// One of this kind, which the client knows.
    record ToFillIn(Kind kind) implements AlternativeName {
      /// The kinds for which RFC 9908 §3.4 has a sign.
      public enum Kind {
        IP_ADDRESS,
        DIRECTORY_NAME
      }
    }
  }

  static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

  /// Holds the rules of RFC 9908 §3.4.
  ///
  /// @throws MalformedException naming the rule that is broken: an attribute or extension twice,
  ///   both kinds of extension requests, none inside one, or a subjectAltName that is none
  public CertificationRequestTemplate {
    attributes = List.copyOf(attributes);
    if (attributes.size() > MAX_PARTS) {
      throw new MalformedException("the template has more than " + MAX_PARTS + " attributes");
    }
    Set<String> types = new HashSet<>();
    for (Attribute attribute : attributes) {
      if (!types.add(attribute.oid())) {
        throw new MalformedException(
            "the template has the attribute " + attribute.oid() + " twice (RFC 9908 §3.4)");
      }
    }
    if (types.contains(CsrAttributes.EXTENSION_REQUEST)
        && types.contains(CsrAttributes.EXTENSION_REQUEST_TEMPLATE)) {
      throw new MalformedException(
          "the template has both id-ExtensionReq and id-aa-extensionReqTemplate (RFC 9908 §3.4)");
    }
    List<ExtensionTemplate> extensions = extensions(attributes);
    Set<String> seen = new HashSet<>();
    for (ExtensionTemplate extension : extensions) {
      if (!seen.add(extension.oid())) {
        throw new MalformedException(
            "the template has the extension " + extension.oid() + " twice (RFC 9908 §3.2)");
      }
      if (extension.oid().equals(SUBJECT_ALTERNATIVE_NAME)) {
        extension.value().ifPresent(CertificationRequestTemplate::names);
      }
    }
    boolean asksForExtensions =
        attributes.stream().anyMatch(attribute -> !(attribute instanceof Attribute.Other));
    if (asksForExtensions && extensions.isEmpty()) {
      throw new MalformedException("the template asks for extensions and names none");
    }
    if (extensions.size() > MAX_PARTS) {
      throw new MalformedException("the template has more than " + MAX_PARTS + " extensions");
    }
  }

  /// A template that demands `extensions`, in the one form that RFC 9908 §3.4 allows: as a whole
  /// request if all have their values, as a partial one otherwise.
  public static CertificationRequestTemplate of(
      Optional<Subject> subject, Optional<KeyDemand> key, List<ExtensionTemplate> extensions) {
    if (extensions.isEmpty()) {
      return new CertificationRequestTemplate(subject, key, List.of());
    }
    Attribute attribute =
        extensions.stream().anyMatch(ExtensionTemplate::isPartial)
            ? new Attribute.ExtensionRequestTemplate(extensions)
            : new Attribute.ExtensionRequest(
                extensions.stream()
                    .map(extension ->
                        new CertificateExtension(
                            extension.oid(), extension.critical(), extension.value().orElseThrow()))
                    .toList());
    return new CertificationRequestTemplate(subject, key, List.of(attribute));
  }

  /// Reads the DER of a CertificationRequestInfoTemplate.
  ///
  /// @throws MalformedException naming the defect or the rule that is broken
  public static CertificationRequestTemplate parse(Der der) {
    return CertificationRequestTemplateDer.parse(der);
  }

  /// The DER encoding.
  public Der encode() {
    return CertificationRequestTemplateDer.encode(this);
  }

  /// True if it demands nothing.
  public boolean isEmpty() {
    return subject.isEmpty() && key.isEmpty() && attributes.isEmpty();
  }

  /// The extensions that are asked for, in either form.
  public List<ExtensionTemplate> extensions() {
    return extensions(attributes);
  }

  private static List<ExtensionTemplate> extensions(List<Attribute> attributes) {
    return attributes.stream()
        .flatMap(attribute ->
            switch (attribute) {
              case Attribute.ExtensionRequest request ->
                  request.extensions().stream()
                      .map(extension ->
                          new ExtensionTemplate(
                              extension.oid(),
                              extension.critical(),
                              Optional.of(extension.value())));
              case Attribute.ExtensionRequestTemplate template -> template.extensions().stream();
              case Attribute.Other _other -> Stream.empty();
            })
        .toList();
  }

  /// The extension of that OID.
  public Optional<ExtensionTemplate> extension(String oid) {
    return extensions().stream().filter(extension -> extension.oid().equals(oid)).findFirst();
  }

  /// The names that the subjectAltName shall hold; empty if none is asked for or all of it is to be
  /// filled in.
  public List<AlternativeName> alternativeNames() {
    return extension(SUBJECT_ALTERNATIVE_NAME)
        .flatMap(ExtensionTemplate::value)
        .map(CertificationRequestTemplate::names)
        .orElse(List.of());
  }

  private static List<AlternativeName> names(Der subjectAltName) {
    ASN1Primitive value =
        DerLimits.parse(
            subjectAltName.toByteArray(), CsrAttributes.MAX_BYTES, "template's subjectAltName");
    if (!(value instanceof ASN1Sequence names) || names.size() == 0 || names.size() > MAX_PARTS) {
      throw new MalformedException("the template's subjectAltName holds no names, or too many");
    }
    try {
      return Stream.of(names.toArray()).map(CertificationRequestTemplate::name).toList();
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      throw new MalformedException("the template's subjectAltName is malformed", e);
    }
  }

  private static AlternativeName name(ASN1Encodable element) {
    ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(element);
    boolean emptyAddress =
        tagged.hasContextTag(7)
            && ASN1OctetString.getInstance(tagged, false).getOctetsLength() == 0;
    if (emptyAddress) {
      return new AlternativeName.ToFillIn(AlternativeName.ToFillIn.Kind.IP_ADDRESS);
    }
    boolean emptyDirectoryName =
        tagged.hasContextTag(4) && ASN1Sequence.getInstance(tagged, true).size() == 0;
    if (emptyDirectoryName) {
      return new AlternativeName.ToFillIn(AlternativeName.ToFillIn.Kind.DIRECTORY_NAME);
    }
    return new AlternativeName.Given(
        GeneralName.of(org.bouncycastle.asn1.x509.GeneralName.getInstance(tagged)));
  }
}
