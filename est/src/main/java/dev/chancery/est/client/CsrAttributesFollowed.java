package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.wire.CertificationRequestTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.AlternativeName;
import dev.chancery.est.wire.CertificationRequestTemplate.ExtensionTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CsrAttribute;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.RequestAttribute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralNames;

/// Follows a csrattrs answer: the template and nothing else if there is one (RFC 9908 §4, EST-197),
/// the older elements otherwise. What the server demands and nobody has provided ends it, before
/// there is a key (EST-199).
final class CsrAttributesFollowed {
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final int MAX_VALUE_BYTES = 64 * 1024;

  private final SubjectNames wanted;
  private final Optional<KeyType> wantedKey;
  private final List<String> unmet = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private CsrAttributesFollowed(SubjectNames wanted, Optional<KeyType> wantedKey) {
    this.wanted = wanted;
    this.wantedKey = wantedKey;
  }

  /// The plan that meets both sides.
  ///
  /// @param wanted the names that the requester wants
  /// @param wantedKey the kind of key that the requester insists on
  /// @throws EstClientException.Unable listing everything that cannot be met
  static RequestPlan plan(
      CsrAttributes attributes, SubjectNames wanted, Optional<KeyType> wantedKey) {
    CsrAttributesFollowed followed = new CsrAttributesFollowed(wanted, wantedKey);
    boolean linked = attributes.demandsChannelBinding();
    RequestPlan plan;
    try {
      Optional<CertificationRequestTemplate> template = attributes.template();
      plan =
          template.isPresent()
              ? followed.byTemplate(template.get(), linked)
              : followed.byElements(attributes, linked);
    } catch (MalformedException e) {
      throw new EstClientException.Unable(
          Code.ATTRIBUTES_UNMET,
          "what the server wants to see in requests cannot be followed",
          List.of(e.safeMessage()));
    }
    if (!followed.unmet.isEmpty()) {
      throw new EstClientException.Unable(
          Code.ATTRIBUTES_UNMET, "the server demands what the request cannot say", followed.unmet);
    }
    return plan;
  }

  private RequestPlan byTemplate(CertificationRequestTemplate template, boolean linked) {
    DistinguishedName subject = template.subject().map(this::subject).orElseGet(wanted::subject);
    KeyType keyType = keyType(template.key().map(demand -> demand.wish()), Set.of());
    List<CertificateExtension> extensions = new ArrayList<>();
    List<GeneralName> alternatives = wanted.alternatives();
    for (ExtensionTemplate extension : template.extensions()) {
      if (extension.oid().equals(SUBJECT_ALTERNATIVE_NAME)) {
        alternatives = alternatives(template, extension);
        if (!alternatives.isEmpty()) {
          // Made here and not from the names, so that it is critical if the server says so.
          extensions.add(subjectAltName(alternatives, extension.critical()));
        }
      } else if (extension.value().isPresent()) {
        extensions.add(
            new CertificateExtension(
                extension.oid(), extension.critical(), extension.value().get()));
      } else {
        unmet.add("a value for the extension " + extension.oid());
      }
    }
    return new RequestPlan(
        new SubjectNames(subject, alternatives),
        keyType,
        extensions,
        attributes(template),
        linked,
        notes);
  }

  /// The template's shape with the requester's values where the server has none.
  private DistinguishedName subject(CertificationRequestTemplate.Subject template) {
    List<AttributeTypeAndValue> left =
        Arrays.stream(wanted.subject().toX500Name().getRDNs())
            .flatMap(rdn -> Arrays.stream(rdn.getTypesAndValues()))
            .collect(Collectors.toCollection(ArrayList::new));
    List<RDN> rdns = new ArrayList<>();
    for (List<SingleAttribute> parts : template.rdns()) {
      List<AttributeTypeAndValue> filled = new ArrayList<>();
      for (SingleAttribute part : parts) {
        filled(part, left).ifPresent(filled::add);
      }
      if (!filled.isEmpty()) {
        rdns.add(new RDN(filled.toArray(AttributeTypeAndValue[]::new)));
      }
    }
    left.forEach(other ->
        unmet.add(
            "the server's template has no place for "
                + named(other.getType().getId())
                + " in the subject"));
    return DistinguishedName.of(new X500Name(rdns.toArray(RDN[]::new)));
  }

  private Optional<AttributeTypeAndValue> filled(
      SingleAttribute part, List<AttributeTypeAndValue> left) {
    Optional<AttributeTypeAndValue> own =
        left.stream().filter(one -> one.getType().getId().equals(part.type())).findFirst();
    own.ifPresent(left::remove);
    if (part.value().isEmpty()) {
      if (own.isEmpty()) {
        unmet.add("a value for " + named(part.type()) + " in the subject");
      }
      return own;
    }
    AttributeTypeAndValue given =
        new AttributeTypeAndValue(
            new ASN1ObjectIdentifier(part.type()),
            DerLimits.parse(part.value().get().toByteArray(), MAX_VALUE_BYTES, "subject"));
    if (own.isPresent() && !sameText(own.get(), given)) {
      unmet.add(
          "the server wants "
              + named(part.type())
              + " in the subject to be "
              + part.text().map(Explanation::sanitized).orElse("another value"));
    }
    return Optional.of(given);
  }

  private static boolean sameText(AttributeTypeAndValue one, AttributeTypeAndValue other) {
    return DistinguishedName.of(new X500Name(new RDN[] {new RDN(one)}))
        .equals(DistinguishedName.of(new X500Name(new RDN[] {new RDN(other)})));
  }

  private List<GeneralName> alternatives(
      CertificationRequestTemplate template, ExtensionTemplate extension) {
    if (extension.value().isEmpty()) {
      if (wanted.alternatives().isEmpty()) {
        unmet.add("a subject alternative name");
      }
      return wanted.alternatives();
    }
    List<GeneralName> left = new ArrayList<>(wanted.alternatives());
    List<GeneralName> names = new ArrayList<>();
    for (AlternativeName name : template.alternativeNames()) {
      switch (name) {
        case AlternativeName.Given given -> {
          left.remove(given.name());
          names.add(given.name());
        }
        case AlternativeName.ToFillIn blank -> {
          Optional<GeneralName> own = left.stream().filter(one -> is(one, blank)).findFirst();
          own.ifPresent(left::remove);
          own.ifPresentOrElse(
              names::add,
              () ->
                  unmet.add(
                      switch (blank.kind()) {
                        case IP_ADDRESS -> "an IP address as subject alternative name";
                        case DIRECTORY_NAME -> "a directory name as subject alternative name";
                      }));
        }
      }
    }
    left.forEach(
        other -> unmet.add("the server's template has no place for the alternative name " + other));
    return names;
  }

  private static boolean is(GeneralName name, AlternativeName.ToFillIn blank) {
    return switch (blank.kind()) {
      case IP_ADDRESS -> name instanceof GeneralName.IpAddress;
      case DIRECTORY_NAME -> name instanceof GeneralName.DirectoryName;
    };
  }

  private List<RequestAttribute.Unrecognized> attributes(CertificationRequestTemplate template) {
    List<RequestAttribute.Unrecognized> attributes = new ArrayList<>();
    for (CertificationRequestTemplate.Attribute attribute : template.attributes()) {
      if (!(attribute instanceof CertificationRequestTemplate.Attribute.Other other)
          || other.oid().equals(CsrAttributes.CHALLENGE_PASSWORD)) {
        continue;
      }
      boolean complete =
          DerLimits.parse(other.values().toByteArray(), MAX_VALUE_BYTES, "attribute")
                  instanceof ASN1Set values
              && values.size() > 0;
      if (complete) {
        attributes.add(new RequestAttribute.Unrecognized(other.oid(), other.values()));
      } else {
        unmet.add("a value for the attribute " + other.oid());
      }
    }
    return attributes;
  }

  private RequestPlan byElements(CsrAttributes attributes, boolean linked) {
    Set<String> signatures = new java.util.HashSet<>();
    List<CertificateExtension> extensions = new ArrayList<>();
    List<GeneralName> alternatives = new ArrayList<>(wanted.alternatives());
    for (CsrAttribute element : attributes.elements()) {
      switch (element) {
        case CsrAttribute.Named named -> {
          if (isSignature(named.oid())) {
            signatures.add(named.oid());
          } else if (!named.oid().equals(CsrAttributes.CHALLENGE_PASSWORD)
              && !bears(wanted.subject(), named.oid())) {
            notes.add("the server would like " + named(named.oid()));
          }
        }
        case CsrAttribute.ExtensionWish wish ->
            wish.extensions().forEach(extension -> add(extension, extensions, alternatives));
        case CsrAttribute.Unrecognized other ->
            notes.add("the server would like something that this client does not know");
        case CsrAttribute.KeyWish key -> {}
        case CsrAttribute.Template template -> {}
        case CsrAttribute.BrokenTemplate broken -> {}
      }
    }
    return new RequestPlan(
        new SubjectNames(wanted.subject(), alternatives),
        keyType(attributes.key(), signatures),
        extensions,
        List.of(),
        linked,
        notes);
  }

  private void add(
      CertificateExtension extension,
      List<CertificateExtension> extensions,
      List<GeneralName> alternatives) {
    if (!extension.oid().equals(SUBJECT_ALTERNATIVE_NAME)) {
      // Once in a request, whatever the server repeats.
      if (extensions.stream().noneMatch(other -> other.oid().equals(extension.oid()))) {
        extensions.add(extension);
      }
      return;
    }
    try {
      GeneralNames names =
          GeneralNames.getInstance(
              DerLimits.parse(extension.value().toByteArray(), MAX_VALUE_BYTES, "subjectAltName"));
      alternatives.addAll(Stream.of(names.getNames()).map(GeneralName::of).toList());
    } catch (MalformedException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      notes.add("the server would like a subject alternative name that cannot be read");
    }
  }

  /// A kind of key that suits both sides.
  private KeyType keyType(Optional<CsrAttribute.KeyWish> demand, Set<String> signatures) {
    List<KeyType> suitable =
        Arrays.stream(KeyType.values())
            .filter(type -> demand.map(wish -> fits(type, wish)).orElse(true))
            .filter(type -> signatures.isEmpty() || signatures.contains(signatureOf(type)))
            .toList();
    KeyType preferred = wantedKey.orElse(RequestPlan.DEFAULT_KEY_TYPE);
    if (suitable.contains(preferred)) {
      return preferred;
    }
    if (suitable.isEmpty()) {
      unmet.add("a kind of key, or a signature, that this client does not make");
    } else if (wantedKey.isPresent()) {
      unmet.add(
          "a key of type "
              + String.join(" or ", suitable.stream().map(KeyType::id).toList())
              + " instead of "
              + preferred.id());
    }
    return suitable.isEmpty() ? preferred : suitable.getFirst();
  }

  private static boolean fits(KeyType type, CsrAttribute.KeyWish demand) {
    CsrAttribute.KeyWish whole = CsrAttributes.wish(type);
    return whole.algorithm().equals(demand.algorithm())
        && (demand.curve().isEmpty() || demand.curve().equals(whole.curve()))
        && (demand.modulusBits().isEmpty() || demand.modulusBits().equals(whole.modulusBits()));
  }

  private static boolean isSignature(String oid) {
    return Arrays.stream(SignatureAlgorithm.values())
        .anyMatch(algorithm -> algorithm.identifier().getAlgorithm().getId().equals(oid));
  }

  private static String signatureOf(KeyType type) {
    return SignatureAlgorithm.of(type).identifier().getAlgorithm().getId();
  }

  private static boolean bears(DistinguishedName subject, String oid) {
    return subject.toX500Name().getRDNs(new ASN1ObjectIdentifier(oid)).length > 0;
  }

  private static CertificateExtension subjectAltName(List<GeneralName> names, boolean critical) {
    try {
      return new CertificateExtension(
          SUBJECT_ALTERNATIVE_NAME,
          critical,
          Der.of(
              new GeneralNames(
                      names.stream()
                          .map(GeneralName::toAsn1)
                          .toArray(org.bouncycastle.asn1.x509.GeneralName[]::new))
                  .getEncoded(ASN1Encoding.DER)));
    } catch (IOException e) {
      throw new UncheckedIOException("names cannot be encoded", e);
    }
  }

  /// `CN` or `serialNumber` where the type is known, else the OID.
  private static String named(String oid) {
    String name = BCStyle.INSTANCE.oidToDisplayName(new ASN1ObjectIdentifier(oid));
    return name == null ? oid : name;
  }
}
