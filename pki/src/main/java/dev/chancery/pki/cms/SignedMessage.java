package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Providers;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DLSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.DLTaggedObject;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// SignedData with one signer and signed attributes (RFC 5652 §5). A parsed one is not yet
/// believed: [#verify] checks it. Accepts BER, since many senders use indefinite lengths.
/// Immutable.
public final class SignedMessage {
  /// id-data (RFC 5652 §4).
  public static final String DATA = CMSObjectIdentifiers.data.getId();

  private static final int MAX_BYTES = 2 * 1024 * 1024;
  private static final int MAX_CERTIFICATES = 16;
  private static final int MAX_SIGNERS = 16;
  private static final int MAX_ATTRIBUTES = 32;

  private static final String CONTENT_TYPE = "1.2.840.113549.1.9.3";
  private static final String MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
  private static final String RSA_ENCRYPTION = "1.2.840.113549.1.1.1";

  /// A signed attribute, with the elements of its SET of values.
  ///
  /// @param values DER, each
  public record SignedAttribute(String oid, List<Der> values) {
    public SignedAttribute {
      values = List.copyOf(values);
    }
  }

  private final String contentType;
  private final Optional<Der> content;
  private final List<Certificate> certificates;
  private final int signers;
  private final SignerInfo signer;
  private final List<SignedAttribute> attributes;

  private SignedMessage(SignedData signedData) throws IOException {
    this.contentType = signedData.getEncapContentInfo().getContentType().getId();
    ASN1Encodable inner = signedData.getEncapContentInfo().getContent();
    this.content =
        inner == null
            ? Optional.empty()
            : Optional.of(Der.of(ASN1OctetString.getInstance(inner).getOctets()));
    this.certificates = certificatesIn(signedData.getCertificates());
    ASN1Set signerInfos = signedData.getSignerInfos();
    this.signers = signerInfos.size();
    if (signers == 0) {
      throw new MalformedException("the message is signed by nobody");
    }
    if (signers > MAX_SIGNERS) {
      throw new MalformedException("the message has more than " + MAX_SIGNERS + " signers");
    }
    this.signer = SignerInfo.getInstance(signerInfos.getObjectAt(0));
    this.attributes = attributesIn(signer.getAuthenticatedAttributes());
  }

  /// Reads a message.
  ///
  /// @throws MalformedException if it is no SignedData with a signer, or larger than the limits
  public static SignedMessage parse(byte[] ber) {
    ASN1Primitive primitive = DerLimits.parseBer(ber, MAX_BYTES, "signed message");
    try {
      ContentInfo contentInfo = ContentInfo.getInstance(primitive);
      if (!contentInfo.getContentType().equals(CMSObjectIdentifiers.signedData)) {
        throw new MalformedException("the message is not SignedData");
      }
      return new SignedMessage(SignedData.getInstance(contentInfo.getContent()));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      // The ASN.1 classes report unexpected shapes with whatever unchecked exception comes first.
      throw new MalformedException("the message is not CMS SignedData", e);
    }
  }

  private static List<Certificate> certificatesIn(@org.jspecify.annotations.Nullable ASN1Set set)
      throws IOException {
    List<Certificate> certificates = new ArrayList<>();
    if (set == null) {
      return List.of();
    }
    if (set.size() > MAX_CERTIFICATES) {
      throw new MalformedException(
          "the message holds more than " + MAX_CERTIFICATES + " certificates");
    }
    for (ASN1Encodable element : set) {
      if (!(element instanceof ASN1TaggedObject)) {
        certificates.add(Certificate.parse(element.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
      }
    }
    return List.copyOf(certificates);
  }

  private static List<SignedAttribute> attributesIn(@org.jspecify.annotations.Nullable ASN1Set set)
      throws IOException {
    if (set == null) {
      return List.of();
    }
    if (set.size() > MAX_ATTRIBUTES) {
      throw new MalformedException(
          "the message has more than " + MAX_ATTRIBUTES + " signed attributes");
    }
    List<SignedAttribute> attributes = new ArrayList<>();
    for (ASN1Encodable element : set) {
      Attribute attribute = Attribute.getInstance(element);
      String oid = attribute.getAttrType().getId();
      List<Der> values = new ArrayList<>();
      for (ASN1Encodable value : attribute.getAttrValues()) {
        values.add(Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
      }
      attributes.add(new SignedAttribute(oid, values));
    }
    return List.copyOf(attributes);
  }

  /// The object identifier of the content's type.
  public String contentType() {
    return contentType;
  }

  /// The content's octets; absent where the sender left the field out.
  public Optional<Der> content() {
    return content;
  }

  /// The certificates that came with the message, in its order. Nothing about them is believed.
  public List<Certificate> certificates() {
    return certificates;
  }

  /// The digest that the signer used, if it is one that is known.
  public Optional<DigestAlgorithm> digest() {
    return DigestAlgorithm.of(signer.getDigestAlgorithm());
  }

  /// The signed attributes of the first signer, in its order.
  public List<SignedAttribute> attributes() {
    return attributes;
  }

  /// The one value of the signed attribute `oid`.
  ///
  /// @return empty if there is no such attribute
  /// @throws MalformedException if it is there twice, or has no value or several
  public Optional<Der> attribute(String oid) {
    List<SignedAttribute> found =
        attributes.stream().filter(attribute -> attribute.oid().equals(oid)).toList();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    if (found.size() != 1 || found.getFirst().values().size() != 1) {
      throw new MalformedException(
          "the signed attribute " + oid + " does not have exactly one value");
    }
    return Optional.of(found.getFirst().values().getFirst());
  }

  /// The certificate that the signer names, unverified.
  ///
  /// @throws SignatureInvalidException if there is not exactly one signer, or not exactly one such
  ///   certificate
  public Certificate signer() {
    if (signers != 1) {
      throw new SignatureInvalidException("the message does not have exactly one signer");
    }
    List<Certificate> named =
        certificates.stream()
            .filter(certificate -> isNamedBy(signer.getSID(), certificate))
            .toList();
    if (named.size() != 1) {
      throw new SignatureInvalidException(
          "the message does not hold exactly one certificate of its signer");
    }
    return named.getFirst();
  }

  private static boolean isNamedBy(SignerIdentifier sid, Certificate certificate) {
    return sid.getId() instanceof ASN1OctetString keyIdentifier
        ? Recipients.hasKeyIdentifier(certificate, keyIdentifier.getOctets())
        : Recipients.isNamedBy(certificate, IssuerAndSerialNumber.getInstance(sid.getId()));
  }

  /// Checks that the one signer signed exactly this content and these attributes (RFC 5652 §5.6).
  /// What the key is worth is the caller's business, and so is whether it is too large to work
  /// with.
  ///
  /// @return the signer's certificate, whose key it was
  /// @throws SignatureInvalidException if not
  /// @throws MalformedException if content type or digest is there twice
  public Certificate verify() {
    Certificate certificate = signer();
    DigestAlgorithm digest =
        digest()
            .orElseThrow(() -> new SignatureInvalidException("the message's digest is not known"));
    Der expectedType = Der.of(encode(new ASN1ObjectIdentifier(contentType)));
    if (!attribute(CONTENT_TYPE).equals(Optional.of(expectedType))) {
      throw new SignatureInvalidException("the signed content type is not the content's");
    }
    byte[] ofContent = digest.digest(content.map(Der::toByteArray).orElse(new byte[0]));
    byte[] expectedDigest = encode(new DEROctetString(ofContent));
    if (!MessageDigest.isEqual(
        attribute(MESSAGE_DIGEST).map(Der::toByteArray).orElse(new byte[0]), expectedDigest)) {
      throw new SignatureInvalidException("the signed digest is not the content's");
    }
    ASN1Set signed = signer.getAuthenticatedAttributes();
    byte[] signature = signer.getEncryptedDigest().getOctets();
    String algorithm = signatureAlgorithm(certificate.subjectPublicKeyInfo(), digest);
    // As sent first: some old clients sign their attributes unsorted. Then as DER wants it.
    if (!verifies(algorithm, certificate, asSent(signed), signature)
        && !verifies(algorithm, certificate, sorted(signed), signature)) {
      throw new SignatureInvalidException("the message's signature does not verify");
    }
    return certificate;
  }

  private String signatureAlgorithm(SubjectPublicKeyInfo key, DigestAlgorithm digest) {
    String oid = signer.getDigestEncryptionAlgorithm().getAlgorithm().getId();
    if (key.isRsa() && (oid.equals(RSA_ENCRYPTION) || oid.equals(digest.rsaOid()))) {
      return digest.signature("RSA");
    }
    if (!key.isRsa() && oid.equals(digest.ecdsaOid())) {
      return digest.signature("ECDSA");
    }
    throw new SignatureInvalidException("the signature algorithm does not fit key and digest");
  }

  private static boolean verifies(
      String algorithm, Certificate certificate, byte[] message, byte[] signature) {
    try {
      Signature verifier = Providers.signature(algorithm);
      verifier.initVerify(certificate.subjectPublicKeyInfo().toPublicKey());
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | MalformedException notVerifiable) {
      return false;
    }
  }

  private static byte[] asSent(ASN1Set set) {
    ASN1EncodableVector elements = new ASN1EncodableVector();
    set.forEach(elements::add);
    try {
      return new DLSet(elements).getEncoded(ASN1Encoding.DL);
    } catch (IOException e) {
      throw new UncheckedIOException("signed attributes could not be encoded", e);
    }
  }

  private static byte[] sorted(ASN1Set set) {
    ASN1EncodableVector elements = new ASN1EncodableVector();
    set.forEach(elements::add);
    return encode(new DERSet(elements));
  }

  /// Signs.
  ///
  /// @param content absent leaves the field out; the digest is then over nothing
  /// @param attributes beside content type and digest, which are added
  /// @param certificates beside the signer's own, which comes first
  /// @return DER, but for the certificates, which stay in their order
  public static byte[] sign(
      MessageKey key,
      DigestAlgorithm digest,
      Optional<Der> content,
      List<SignedAttribute> attributes,
      List<Certificate> certificates) {
    SubjectPublicKeyInfo publicKey = key.certificate().subjectPublicKeyInfo();
    ASN1EncodableVector signed = new ASN1EncodableVector();
    byte[] octets = content.map(Der::toByteArray).orElse(new byte[0]);
    signed.add(attribute(CONTENT_TYPE, CMSObjectIdentifiers.data));
    signed.add(attribute(MESSAGE_DIGEST, new DEROctetString(digest.digest(octets))));
    for (SignedAttribute attribute : attributes) {
      ASN1EncodableVector values = new ASN1EncodableVector();
      attribute.values().forEach(value -> values.add(decode(value)));
      signed.add(new Attribute(new ASN1ObjectIdentifier(attribute.oid()), new DERSet(values)));
    }
    DERSet signedSet = new DERSet(signed);

    SignerInfo signerInfo =
        new SignerInfo(
            new SignerIdentifier(Recipients.issuerAndSerialNumber(key.certificate())),
            digest.identifier(),
            signedSet,
            // Plain rsaEncryption: strongSwan takes nothing else (SCEP-055).
            publicKey.isRsa()
                ? new AlgorithmIdentifier(
                    new ASN1ObjectIdentifier(RSA_ENCRYPTION), DERNull.INSTANCE)
                : new AlgorithmIdentifier(new ASN1ObjectIdentifier(digest.ecdsaOid())),
            new DEROctetString(
                signature(
                    key, digest.signature(publicKey.isRsa() ? "RSA" : "ECDSA"), encode(signedSet))),
            null);
    ASN1EncodableVector sent = new ASN1EncodableVector();
    sent.add(key.certificate().toAsn1());
    certificates.stream()
        .filter(certificate -> !certificate.equals(key.certificate()))
        .forEach(certificate -> sent.add(certificate.toAsn1()));
    // Put together here, since the library's class would sort the certificates.
    ASN1EncodableVector signedData = new ASN1EncodableVector();
    signedData.add(new ASN1Integer(1));
    signedData.add(new DERSet(digest.identifier()));
    signedData.add(
        new ContentInfo(
            CMSObjectIdentifiers.data,
            content.map(der -> new DEROctetString(der.toByteArray())).orElse(null)));
    signedData.add(new DLTaggedObject(false, 0, new DLSet(sent)));
    signedData.add(new DERSet(signerInfo));
    try {
      return new ContentInfo(CMSObjectIdentifiers.signedData, new DLSequence(signedData))
          .getEncoded(ASN1Encoding.DL);
    } catch (IOException e) {
      throw new UncheckedIOException("a signed message could not be encoded", e);
    }
  }

  private static byte[] signature(MessageKey key, String algorithm, byte[] message) {
    try {
      Signature signer = Providers.signature(algorithm);
      signer.initSign(key.privateKey());
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing a message with " + algorithm + " failed", e);
    }
  }

  private static Attribute attribute(String oid, ASN1Encodable value) {
    return new Attribute(new ASN1ObjectIdentifier(oid), new DERSet(value));
  }

  private static ASN1Primitive decode(Der der) {
    try {
      return ASN1Primitive.fromByteArray(der.toByteArray());
    } catch (IOException e) {
      throw new IllegalArgumentException("a signed attribute's value is no DER", e);
    }
  }

  private static byte[] encode(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a value could not be encoded", e);
    }
  }
}
