package dev.chancery.pki.request;

import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralNames;

/// Makes certification requests, for the client side. Not thread-safe.
public final class CertificationRequestBuilder {
  private final KeyPair keyPair;
  private final SubjectNames names;
  private final ASN1EncodableVector attributes = new ASN1EncodableVector();
  private final ExtensionsGenerator extensions = new ExtensionsGenerator();

  private CertificationRequestBuilder(SubjectNames names, KeyPair keyPair) {
    this.names = names;
    this.keyPair = keyPair;
  }

  /// A request for `names`, signed by `keyPair` and asking for its public half.
  public static CertificationRequestBuilder builder(SubjectNames names, KeyPair keyPair) {
    return new CertificationRequestBuilder(names, keyPair);
  }

  /// Sets the challengePassword, which in EST is the channel binding in Base64 (RFC 7030 §3.5).
  public CertificationRequestBuilder challengePassword(String value) {
    return text(RequestAttributes.CHALLENGE_PASSWORD, value);
  }

  /// Sets estIdentityLinking, the channel binding in Base64 where the server asks for it under this
  /// name (RFC 7894 §3.3).
  public CertificationRequestBuilder estIdentityLinking(String value) {
    return text(RequestAttributes.EST_IDENTITY_LINKING, value);
  }

  /// Sets otpChallenge, a one-time password (RFC 7894 §3.1).
  public CertificationRequestBuilder otpChallenge(String value) {
    return text(RequestAttributes.OTP_CHALLENGE, value);
  }

  /// Sets revocationChallenge, a password for revoking the certificate (RFC 7894 §3.2).
  public CertificationRequestBuilder revocationChallenge(String value) {
    return text(RequestAttributes.REVOCATION_CHALLENGE, value);
  }

  private CertificationRequestBuilder text(String oid, String value) {
    ASN1Encodable string =
        DERPrintableString.isPrintableString(value)
            ? new DERPrintableString(value)
            : new DERUTF8String(value);
    return attribute(oid, string);
  }

  /// Asks that the server-generated key be encrypted by the shared key of that name (RFC 7030
  /// §4.4.1.1).
  public CertificationRequestBuilder decryptKeyIdentifier(
      Der identifier, SmimeCapabilities capabilities) {
    attribute(
        RequestAttributes.DECRYPT_KEY_IDENTIFIER, new DEROctetString(identifier.toByteArray()));
    return attribute(RequestAttributes.SMIME_CAPABILITIES, capabilities.toAsn1());
  }

  /// Asks that the server-generated key be encrypted for the asymmetric key of that name (RFC 7030
  /// §4.4.1.2).
  public CertificationRequestBuilder asymmetricDecryptKeyIdentifier(
      Der identifier, SmimeCapabilities capabilities) {
    attribute(
        RequestAttributes.ASYMMETRIC_DECRYPT_KEY_IDENTIFIER,
        new DEROctetString(identifier.toByteArray()));
    return attribute(RequestAttributes.SMIME_CAPABILITIES, capabilities.toAsn1());
  }

  /// Adds any attribute with one value.
  public CertificationRequestBuilder attribute(String oid, ASN1Encodable value) {
    attributes.add(new Attribute(new ASN1ObjectIdentifier(oid), new DERSet(value)));
    return this;
  }

  /// Adds an attribute with its values as they are.
  ///
  /// @throws IllegalArgumentException if its values are not the DER of a SET
  public CertificationRequestBuilder attribute(RequestAttribute.Unrecognized attribute) {
    attributes.add(
        new Attribute(
            new ASN1ObjectIdentifier(attribute.oid()),
            ASN1Set.getInstance(attribute.values().toByteArray())));
    return this;
  }

  /// Asks for an extension beside the subject alternative names.
  public CertificationRequestBuilder extension(String oid, boolean critical, ASN1Encodable value) {
    try {
      extensions.addExtension(new ASN1ObjectIdentifier(oid), critical, value);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("an extension cannot be encoded", e);
    }
  }

  /// Asks for an extension as it is.
  public CertificationRequestBuilder extension(CertificateExtension extension) {
    extensions.addExtension(
        new ASN1ObjectIdentifier(extension.oid()),
        extension.critical(),
        extension.value().toByteArray());
    return this;
  }

  /// Asks for other names than the request bears (RFC 6402 §2.8). An empty subject, or no
  /// alternatives, mean that the certificate shall have none.
  public CertificationRequestBuilder changeSubjectName(
      SubjectNames wanted, ChangeSubjectNameForm form) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    if (!wanted.subject().isEmpty() || wanted.alternatives().isEmpty()) {
      fields.add(wanted.subject().toX500Name());
    }
    if (!wanted.alternatives().isEmpty()) {
      GeneralNames alternatives = generalNames(wanted);
      fields.add(
          switch (form) {
            case TAGGED -> new DERTaggedObject(false, 1, alternatives);
            case BARE -> alternatives;
          });
    }
    return attribute(RequestAttributes.CHANGE_SUBJECT_NAME, new DERSequence(fields));
  }

  /// Encodes and signs.
  public CertificationRequest build() {
    try {
      if (!names.alternatives().isEmpty()) {
        extensions.addExtension(
            Extension.subjectAlternativeName, names.subject().isEmpty(), generalNames(names));
      }
      if (!extensions.isEmpty()) {
        attribute(RequestAttributes.EXTENSION_REQUEST, extensions.generate());
      }
      SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(keyPair.getPublic());
      CertificationRequestInfo info =
          new CertificationRequestInfo(
              names.subject().toX500Name(), key.toAsn1(), new DERSet(attributes));
      SignatureAlgorithm algorithm =
          SignatureAlgorithm.of(
              key.type().orElse(key.isRsa() ? KeyType.RSA_2048 : KeyType.ED25519));
      byte[] signature = algorithm.sign(keyPair.getPrivate(), info.getEncoded(ASN1Encoding.DER));
      ASN1EncodableVector request = new ASN1EncodableVector();
      request.add(info);
      request.add(algorithm.identifier());
      request.add(new DERBitString(signature));
      return CertificationRequest.parse(new DERSequence(request).getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new UncheckedIOException("a certification request cannot be encoded", e);
    }
  }

  private static GeneralNames generalNames(SubjectNames names) {
    return new GeneralNames(
        names.alternatives().stream()
            .map(GeneralName::toAsn1)
            .toArray(org.bouncycastle.asn1.x509.GeneralName[]::new));
  }
}
