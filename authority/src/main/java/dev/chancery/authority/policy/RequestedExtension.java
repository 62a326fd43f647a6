package dev.chancery.authority.policy;

import dev.chancery.authority.profile.Profile;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.Template;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/// Says whether an extension in a request asks for something that the profile does not give. What
/// the profile gives anyway may be asked for; it is never copied.
final class RequestedExtension {
  private static final Set<String> INTERPRETED =
      Set.of(
          Extension.basicConstraints.getId(),
          Extension.keyUsage.getId(),
          Extension.extendedKeyUsage.getId());

  private RequestedExtension() {}

  static Optional<String> deviation(CertificateExtension extension, Profile profile) {
    try {
      if (extension.oid().equals(Extension.subjectAlternativeName.getId())
          // Computed by the issuer in any case.
          || extension.oid().equals(Extension.subjectKeyIdentifier.getId())) {
        return Optional.empty();
      }
      if (!INTERPRETED.contains(extension.oid())) {
        return Optional.of("the request asks for the extension " + extension.oid());
      }
      byte[] encoded = extension.value().toByteArray();
      ASN1Primitive value =
          DerLimits.parse(encoded, CertificationRequest.MAX_BYTES, "requested extension");
      if (extension.oid().equals(Extension.basicConstraints.getId())) {
        return BasicConstraints.getInstance(value).isCA()
            ? Optional.of("the request asks to become a CA")
            : Optional.empty();
      }
      if (extension.oid().equals(Extension.keyUsage.getId())) {
        return keyUsage(KeyUsage.getInstance(value), profile);
      }
      return extendedKeyUsage(ExtendedKeyUsage.getInstance(value), profile);
    } catch (MalformedException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException malformed) {
      return Optional.of("the request's extension " + extension.oid() + " is malformed");
    }
  }

  /// The key usages that a request asks for; none if it says nothing of them.
  ///
  /// @throws MalformedException if they cannot be read
  static Set<KeyUsageBit> keyUsage(Template template) {
    Set<KeyUsageBit> asked = EnumSet.noneOf(KeyUsageBit.class);
    for (CertificateExtension extension : template.extensions()) {
      if (extension.oid().equals(Extension.keyUsage.getId())) {
        asked.addAll(keyUsages(extension));
      }
    }
    return asked;
  }

  private static List<KeyUsageBit> keyUsages(CertificateExtension extension) {
    try {
      KeyUsage usage =
          KeyUsage.getInstance(
              DerLimits.parse(
                  extension.value().toByteArray(),
                  CertificationRequest.MAX_BYTES,
                  "requested extension"));
      return Arrays.stream(KeyUsageBit.values()).filter(bit -> bit.isSetIn(usage)).toList();
    } catch (IllegalArgumentException | ClassCastException malformed) {
      throw new MalformedException("the request's key usage is malformed", malformed);
    }
  }

  private static Optional<String> keyUsage(KeyUsage asked, Profile profile) {
    List<KeyUsageBit> foreign =
        Arrays.stream(KeyUsageBit.values())
            .filter(bit -> bit.isSetIn(asked))
            .filter(bit -> !profile.keyUsage().contains(bit))
            .toList();
    return foreign.isEmpty()
        ? Optional.empty()
        : Optional.of("the request asks for the key usages " + foreign);
  }

  private static Optional<String> extendedKeyUsage(ExtendedKeyUsage asked, Profile profile) {
    List<String> foreign =
        Arrays.stream(asked.getUsages())
            .map(KeyPurposeId::getId)
            .filter(oid -> !profile.extendedKeyUsage().contains(oid))
            .toList();
    return foreign.isEmpty()
        ? Optional.empty()
        : Optional.of("the request asks for the extended key usages " + foreign);
  }
}
