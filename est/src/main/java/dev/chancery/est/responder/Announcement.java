package dev.chancery.est.responder;

import dev.chancery.authority.Expectation;
import dev.chancery.authority.Expectation.Alternatives;
import dev.chancery.est.wire.CertificationRequestTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.ExtensionTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.KeyDemand;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CertificationRequestTemplate.Subject;
import dev.chancery.est.wire.CsrAttribute;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.GeneralName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/// Says in EST's words what the authority expects of requests (RFC 7030 §4.5.2, RFC 9908 §3). Of
/// several key types the preferred one is named, since there can be one only (EST-194); the others
/// are taken all the same.
final class Announcement {
  private Announcement() {}

  /// The answer to `GET /csrattrs`.
  ///
  /// @param demanded attributes that requests must hold here and whose value only the client knows,
  ///   dotted OIDs
  static CsrAttributes of(Expectation expected, CsrAttributesForm form, List<String> demanded) {
    List<CsrAttribute> elements = new ArrayList<>();
    demanded.forEach(oid -> elements.add(new CsrAttribute.Named(oid)));
    if (form.hasLegacy()) {
      elements.addAll(legacy(expected));
    }
    if (form.hasTemplate()) {
      CertificationRequestTemplate template = template(expected);
      if (!template.isEmpty()) {
        elements.add(new CsrAttribute.Template(template));
      }
    }
    return new CsrAttributes(elements);
  }

  static CertificationRequestTemplate template(Expectation expected) {
    List<ExtensionTemplate> extensions = new ArrayList<>();
    if (expected.alternatives() instanceof Alternatives.ToFillIn) {
      extensions.add(
          new ExtensionTemplate(
              Extension.subjectAlternativeName.getId(),
              expected.subject().isEmpty(),
              Optional.empty()));
    }
    for (CertificateExtension extension : extensions(expected)) {
      extensions.add(
          new ExtensionTemplate(
              extension.oid(), extension.critical(), Optional.of(extension.value())));
    }
    return CertificationRequestTemplate.of(
        expected
            .subject()
            .map(rdns ->
                new Subject(
                    rdns.stream()
                        .map(rdn ->
                            rdn.stream()
                                .map(attribute ->
                                    new SingleAttribute(attribute.type(), attribute.value()))
                                .toList())
                        .toList())),
        expected.keyTypes().stream().findFirst().map(KeyDemand::of),
        extensions);
  }

  private static List<CsrAttribute> legacy(Expectation expected) {
    List<CsrAttribute> elements = new ArrayList<>();
    Optional<KeyType> key = expected.keyTypes().stream().findFirst();
    key.map(CsrAttributes::wish).ifPresent(elements::add);
    List<CertificateExtension> extensions = extensions(expected);
    if (!extensions.isEmpty()) {
      elements.add(new CsrAttribute.ExtensionWish(extensions));
    }
    if (expected.alternatives() instanceof Alternatives.ToFillIn) {
      elements.add(new CsrAttribute.Named(Extension.subjectAlternativeName.getId()));
    }
    // Values of the subject cannot be told in this form; which attributes are missing can.
    expected.subject().stream()
        .flatMap(List::stream)
        .flatMap(List::stream)
        .filter(attribute -> attribute.value().isEmpty())
        .map(Expectation.Attribute::type)
        .distinct()
        .forEach(type -> elements.add(new CsrAttribute.Named(type)));
    key.map(type -> SignatureAlgorithm.of(type).identifier().getAlgorithm().getId())
        .filter(oid ->
            key.map(CsrAttributes::wish).filter(wish -> wish.algorithm().equals(oid)).isEmpty())
        .ifPresent(oid -> elements.add(new CsrAttribute.Named(oid)));
    return elements;
  }

  /// Those whose values are known.
  private static List<CertificateExtension> extensions(Expectation expected) {
    List<CertificateExtension> extensions = new ArrayList<>();
    if (expected.alternatives() instanceof Alternatives.Exactly(List<GeneralName> names)) {
      extensions.add(
          extension(
              Extension.subjectAlternativeName,
              expected.subject().isEmpty(),
              new GeneralNames(
                  names.stream()
                      .map(GeneralName::toAsn1)
                      .toArray(org.bouncycastle.asn1.x509.GeneralName[]::new))));
    }
    if (!expected.keyUsage().isEmpty()) {
      extensions.add(extension(Extension.keyUsage, true, KeyUsageBit.toAsn1(expected.keyUsage())));
    }
    if (!expected.extendedKeyUsage().isEmpty()) {
      extensions.add(
          extension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  expected.extendedKeyUsage().stream()
                      .map(oid -> KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)))
                      .toArray(KeyPurposeId[]::new))));
    }
    return extensions;
  }

  private static CertificateExtension extension(
      ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
    try {
      return new CertificateExtension(
          oid.getId(), critical, Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
    } catch (IOException e) {
      throw new UncheckedIOException("an extension cannot be encoded", e);
    }
  }
}
