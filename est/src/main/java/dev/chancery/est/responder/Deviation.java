package dev.chancery.est.responder;

import dev.chancery.authority.Expectation;
import dev.chancery.authority.Expectation.Alternatives;
import dev.chancery.authority.Refusal;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.Template;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/// Where a refused request contradicts what csrattrs announces (EST-198). It is the authority that
/// refuses, by the profile's rules and in their modes; this explains a refusal and never makes one,
/// so that clients which never asked for csrattrs and want nothing wrong get what they want.
///
/// A contradiction is: a key that is not of an announced type; another value of a subject attribute
/// whose value is announced to everybody; a subject alternative name beside those announced to
/// everybody; a key usage or extended key usage beyond the announced ones. To leave something out
/// contradicts nothing, since the authority fills it in. A name that is merely somebody else's
/// contradicts nothing that is announced to everybody either: that is a matter of rights (403).
final class Deviation {
  private Deviation() {}

  /// The first contradiction behind a refusal, in words.
  ///
  /// @param own what is expected of this requester
  /// @param everybody what is announced to whoever asks
  static Optional<String> behind(
      Refusal.Code code, Template asked, Expectation own, Expectation everybody) {
    if (code == Refusal.Code.NAME_NOT_ENTITLED) {
      return names(asked, own).isPresent() ? names(asked, everybody) : Optional.empty();
    }
    if (code == Refusal.Code.KEY_TYPE_NOT_ALLOWED) {
      return key(asked, own);
    }
    if (code == Refusal.Code.EXTENSION_NOT_ALLOWED) {
      return usages(asked, own);
    }
    // The other codes say what they mean, or are about something that csrattrs does not announce.
    return Optional.empty();
  }

  private static Optional<String> names(Template asked, Expectation expected) {
    return subject(asked.names().subject(), expected)
        .or(() -> alternatives(asked.names().alternatives(), expected.alternatives()));
  }

  private static Optional<String> subject(DistinguishedName asked, Expectation expected) {
    List<Expectation.Attribute> attributes =
        expected.subject().stream().flatMap(List::stream).flatMap(List::stream).toList();
    return asked.rdns().stream()
        .flatMap(List::stream)
        .flatMap(attribute -> {
          List<Expectation.Attribute> ofType =
              attributes.stream().filter(one -> one.type().equals(attribute.type())).toList();
          boolean free = ofType.isEmpty() || ofType.stream().anyMatch(one -> one.value().isEmpty());
          return free || ofType.stream().anyMatch(one -> has(asked, one))
              ? Stream.<String>empty()
              : Stream.of(
                  "the subject's "
                      + BCStyle.INSTANCE.oidToDisplayName(
                          new ASN1ObjectIdentifier(attribute.type()))
                      + " is \""
                      + attribute.value()
                      + "\" and not the announced one");
        })
        .findFirst();
  }

  private static boolean has(DistinguishedName asked, Expectation.Attribute wanted) {
    return wanted
        .value()
        .map(value ->
            DistinguishedName.of(
                new X500NameBuilder()
                    .addRDN(
                        new ASN1ObjectIdentifier(wanted.type()),
                        DerLimits.parse(
                            value.toByteArray(), CertificationRequest.MAX_BYTES, "name"))
                    .build()))
        .filter(name -> name.isWithin(asked))
        .isPresent();
  }

  private static Optional<String> alternatives(List<GeneralName> asked, Alternatives expected) {
    return switch (expected) {
      case Alternatives.Open() -> Optional.empty();
      case Alternatives.ToFillIn() ->
          asked.isEmpty() ? Optional.of("there is no subject alternative name") : Optional.empty();
      case Alternatives.Exactly(List<GeneralName> names) ->
          asked.stream()
              .filter(name -> !names.contains(name))
              .findFirst()
              .map(name -> "the subject alternative name \"" + name + "\" is not announced");
    };
  }

  private static Optional<String> key(Template asked, Expectation expected) {
    Optional<KeyType> type = asked.subjectPublicKey().type();
    return type.filter(expected.keyTypes()::contains).isPresent()
        ? Optional.empty()
        : Optional.of(
            "the key is "
                + type.map(KeyType::id).orElse("of an unknown type")
                + " and the announced one "
                + expected.keyTypes().getFirst());
  }

  private static Optional<String> usages(Template asked, Expectation expected) {
    return asked.extensions().stream()
        .flatMap(extension -> usage(extension, expected).stream())
        .findFirst();
  }

  private static Optional<String> usage(CertificateExtension extension, Expectation expected) {
    try {
      ASN1Primitive value =
          DerLimits.parse(
              extension.value().toByteArray(), CertificationRequest.MAX_BYTES, "extension");
      if (extension.oid().equals(Extension.keyUsage.getId())) {
        KeyUsage asked = KeyUsage.getInstance(value);
        return Arrays.stream(KeyUsageBit.values())
            .filter(bit -> bit.isSetIn(asked) && !expected.keyUsage().contains(bit))
            .findFirst()
            .map(bit -> "the key usage " + bit + " is not announced");
      }
      if (extension.oid().equals(Extension.extendedKeyUsage.getId())) {
        return Arrays.stream(ExtendedKeyUsage.getInstance(value).getUsages())
            .map(KeyPurposeId::getId)
            .filter(oid -> !expected.extendedKeyUsage().contains(oid))
            .findFirst()
            .map(oid -> "the extended key usage " + oid + " is not announced");
      }
      return Optional.empty();
    } catch (MalformedException | IllegalArgumentException | ClassCastException malformed) {
      // The refusal itself says so already.
      return Optional.empty();
    }
  }
}
