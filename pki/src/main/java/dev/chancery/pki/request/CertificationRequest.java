package dev.chancery.pki.request;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;

/// A PKCS#10 certification request (RFC 2986), parsed but not yet believed:
/// [ProofOfPossession#verify] checks its signature. Keeps the bytes as sent, because signatures are
/// verified and requests stored in that form.
public final class CertificationRequest {
  /// A request is 0.3 to 2 kB; ML-DSA-87 with many names stays below 16.
  public static final int MAX_BYTES = 32 * 1024;

  private final Der der;
  private final Der info;
  private final Optional<SignatureAlgorithm> signatureAlgorithm;
  private final Der signature;
  private final List<RequestAttribute> attributes;
  private final Template template;

  private CertificationRequest(
      byte[] der,
      org.bouncycastle.asn1.pkcs.CertificationRequest asn1,
      Optional<SignatureAlgorithm> signatureAlgorithm) {
    this.der = Der.of(der);
    this.info = Der.of(DerLimits.firstElement(der));
    this.signatureAlgorithm = signatureAlgorithm;
    this.signature = Der.of(asn1.getSignature().getOctets());
    CertificationRequestInfo content = asn1.getCertificationRequestInfo();
    this.attributes = RequestAttributes.parse(content.getAttributes());
    List<CertificateExtension> extensions =
        first(RequestAttribute.ExtensionRequest.class)
            .map(RequestAttribute.ExtensionRequest::extensions)
            .orElse(List.of());
    this.template =
        new Template(
            new SubjectNames(DistinguishedName.of(content.getSubject()), alternatives(extensions)),
            SubjectPublicKeyInfo.of(content.getSubjectPublicKeyInfo()),
            extensions,
            first(RequestAttribute.ChangeSubjectName.class)
                .map(RequestAttribute.ChangeSubjectName::names));
  }

  /// Reads the encoding or text.
  ///
  /// @throws MalformedException if `der` is not exactly one request, repeats an attribute or an
  ///   extension, or is signed with an algorithm that is not accepted
  public static CertificationRequest parse(byte[] der) {
    return parse(der, Set.of());
  }

  /// Reads the encoding, for devices too old to sign with a sound digest.
  ///
  /// @param weak the weak algorithms that are accepted beside the others
  /// @throws MalformedException as [#parse(byte[])] does
  public static CertificationRequest parse(byte[] der, Set<SignatureAlgorithm> weak) {
    return parse(
        der, asn1 -> Optional.of(SignatureAlgorithm.of(asn1.getSignatureAlgorithm(), weak)));
  }

  /// Reads a request for a server-generated key, whose own key and signature mean nothing (RFC 7030
  /// §4.4.1): any signature algorithm will do, and no proof of possession can come of it.
  ///
  /// @throws MalformedException if `der` is not exactly one request, or repeats an attribute or an
  ///   extension
  public static CertificationRequest parseIgnoringSignature(byte[] der) {
    return parse(der, asn1 -> Optional.empty());
  }

  private static CertificationRequest parse(
      byte[] der,
      Function<org.bouncycastle.asn1.pkcs.CertificationRequest, Optional<SignatureAlgorithm>>
          signatureAlgorithm) {
    var primitive = DerLimits.parse(der, MAX_BYTES, "certification request");
    try {
      var asn1 = org.bouncycastle.asn1.pkcs.CertificationRequest.getInstance(primitive);
      return new CertificationRequest(der, asn1, signatureAlgorithm.apply(asn1));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      throw new MalformedException("the certification request is not PKCS#10 (RFC 2986)", e);
    }
  }

  private static List<GeneralName> alternatives(List<CertificateExtension> extensions) {
    return extensions.stream()
        .filter(extension -> extension.oid().equals(Extension.subjectAlternativeName.getId()))
        .findFirst()
        .map(extension ->
            DerLimits.parse(extension.value().toByteArray(), MAX_BYTES, "subjectAltName"))
        .map(value -> GeneralNames.getInstance(value).getNames())
        .map(Arrays::asList)
        .orElse(List.of())
        .stream()
        .map(GeneralName::of)
        .toList();
  }

  /// The request as it was sent.
  public Der der() {
    return der;
  }

  public String toPem() {
    return new Pem("CERTIFICATE REQUEST", der).encode();
  }

  /// What it asks for.
  public Template template() {
    return template;
  }

  public List<RequestAttribute> attributes() {
    return attributes;
  }

  /// The channel binding or challenge, if sent. An empty value counts as sent (EST-241).
  public Optional<RequestAttribute.ChallengePassword> challengePassword() {
    return first(RequestAttribute.ChallengePassword.class);
  }

  /// The one-time password of RFC 7894 §3.1, if sent.
  public Optional<RequestAttribute.OtpChallenge> otpChallenge() {
    return first(RequestAttribute.OtpChallenge.class);
  }

  /// The revocation password of RFC 7894 §3.2, if sent.
  public Optional<RequestAttribute.RevocationChallenge> revocationChallenge() {
    return first(RequestAttribute.RevocationChallenge.class);
  }

  /// The channel binding in the attribute of RFC 7894 §3.3, if sent. An empty value counts as sent.
  public Optional<RequestAttribute.EstIdentityLinking> estIdentityLinking() {
    return first(RequestAttribute.EstIdentityLinking.class);
  }

  /// Empty if the request was read without regard to its signature.
  Optional<SignatureAlgorithm> signatureAlgorithm() {
    return signatureAlgorithm;
  }

  byte[] signedBytes() {
    return info.toByteArray();
  }

  byte[] signature() {
    return signature.toByteArray();
  }

  private <A extends RequestAttribute> Optional<A> first(Class<A> kind) {
    return attributes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }
}
