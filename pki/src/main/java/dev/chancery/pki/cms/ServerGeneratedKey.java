package dev.chancery.pki.cms;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.GeneratedKey;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// The message in which a server-generated key travels encrypted (RFC 7030 §4.4.2): EnvelopedData
/// around SignedData around an asymmetric key package.
public final class ServerGeneratedKey {
  /// RFC 5652 sets no limit. A key, the signer's chain and two envelopes stay below 32 kB.
  public static final int MAX_BYTES = 256 * 1024;

  /// What was in a message. The signature verifies with `signer`'s key; whether the signer is to be
  /// trusted is for the caller to decide. Close it to wipe the key.
  public static final class Opened implements AutoCloseable {
    private final byte[] pkcs8;
    private final Certificate signer;
    private final List<Certificate> others;

    private Opened(byte[] pkcs8, Certificate signer, List<Certificate> others) {
      this.pkcs8 = pkcs8;
      this.signer = signer;
      this.others = List.copyOf(others);
    }

    /// A copy of the private key as PrivateKeyInfo in DER, for the caller to wipe.
    public byte[] pkcs8() {
      return pkcs8.clone();
    }

    /// Who says that it made the key.
    public Certificate signer() {
      return signer;
    }

    /// What else is in the message, perhaps a path to the signer.
    public List<Certificate> others() {
      return others;
    }

    @Override
    public void close() {
      Arrays.fill(pkcs8, (byte) 0);
    }

    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "ServerGeneratedKey.Opened[signer " + signer + "]";
    }
  }

  private ServerGeneratedKey() {}

  /// The message, DER. Nothing of the clear key stays behind, apart from `key` itself.
  public static byte[] seal(
      GeneratedKey key, KeyPackageSigner signer, KeyEncipherment encipherment) {
    byte[] pkcs8 = key.pkcs8();
    byte[] keyPackage = KeyPackage.encode(pkcs8);
    byte[] signed = signer.sign(keyPackage);
    try {
      return encipherment.seal(signed, CMSObjectIdentifiers.signedData);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
      Arrays.fill(keyPackage, (byte) 0);
      Arrays.fill(signed, (byte) 0);
    }
  }

  /// Decrypts a message and verifies its signature.
  ///
  /// @throws MalformedException if it does not decrypt, is not signed by exactly one signer whose
  ///   certificate is in it, the signature does not verify, or what is inside is not one key
  public static Opened open(byte[] ber, KeyDecryption by) {
    // Enveloped is SignedData itself, as the content type says (RFC 5652 §6.1). Some makers put a
    // ContentInfo around it; both are read.
    byte[] content = by.open(ber, MAX_BYTES, CMSObjectIdentifiers.signedData);
    try {
      return openSigned(content);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /// Verifies what was enveloped.
  static Opened openSigned(byte[] content) {
    return verified(signedData(content));
  }

  /// Reads a key that travels without encryption: PrivateKeyInfo, or OneAsymmetricKey of version 2
  /// (RFC 5958 §2).
  ///
  /// @return PrivateKeyInfo of version 1 in DER, for the caller to wipe
  /// @throws MalformedException if it is neither
  public static byte[] readClear(byte[] ber) {
    return KeyPackage.readKey(ber);
  }

  private static SignedData signedData(byte[] content) {
    var primitive = DerLimits.parseBer(content, MAX_BYTES, "signed key package");
    try {
      var first = org.bouncycastle.asn1.ASN1Sequence.getInstance(primitive).getObjectAt(0);
      if (!(first instanceof ASN1ObjectIdentifier)) {
        return SignedData.getInstance(primitive);
      }
      ContentInfo info = ContentInfo.getInstance(primitive);
      if (!info.getContentType().equals(CMSObjectIdentifiers.signedData)) {
        throw new MalformedException("the enveloped content is not SignedData");
      }
      return SignedData.getInstance(info.getContent());
    } catch (IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the signed key package is not CMS SignedData", e);
    }
  }

  private static Opened verified(SignedData signed) {
    try {
      ContentInfo encapsulated = signed.getEncapContentInfo();
      if (!encapsulated.getContentType().equals(KeyPackage.TYPE)) {
        throw new MalformedException("what is signed is not an asymmetric key package");
      }
      byte[] keyPackage = ASN1OctetString.getInstance(encapsulated.getContent()).getOctets();
      if (signed.getSignerInfos().size() != 1) {
        throw new MalformedException("the key package does not have exactly one signer");
      }
      SignerInfo signer = SignerInfo.getInstance(signed.getSignerInfos().getObjectAt(0));
      List<Certificate> certificates = certificates(signed.getCertificates());
      Certificate by =
          certificates.stream()
              .filter(one -> isNamed(signer, one))
              .findFirst()
              .orElseThrow(
                  () -> new MalformedException("the signer's certificate is not in the message"));
      verify(signer, by, keyPackage);
      return new Opened(
          KeyPackage.parse(keyPackage),
          by,
          certificates.stream().filter(one -> !one.equals(by)).toList());
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException e) {
      throw new MalformedException("the signed key package is not CMS SignedData", e);
    }
  }

  private static List<Certificate> certificates(@org.jspecify.annotations.Nullable ASN1Set set)
      throws IOException {
    List<Certificate> certificates = new ArrayList<>();
    if (set != null) {
      for (ASN1Encodable element : set) {
        if (!(element instanceof ASN1TaggedObject)) {
          certificates.add(
              Certificate.parse(element.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
        }
      }
    }
    return certificates;
  }

  private static boolean isNamed(SignerInfo signer, Certificate certificate) {
    if (signer.getSID().isTagged()) {
      byte[] identifier = ASN1OctetString.getInstance(signer.getSID().getId()).getOctets();
      return certificate
          .subjectKeyIdentifier()
          .filter(own -> Arrays.equals(own, identifier))
          .isPresent();
    }
    IssuerAndSerialNumber named = IssuerAndSerialNumber.getInstance(signer.getSID().getId());
    return named.getName().equals(certificate.toAsn1().getIssuer())
        && named
            .getSerialNumber()
            .getValue()
            .equals(certificate.toAsn1().getSerialNumber().getValue());
  }

  /// Signed attributes are demanded: without them a signature over something else of the signer's
  /// could be passed off as this one (RFC 5652 §5.3 asks for them with this content type).
  private static void verify(SignerInfo signer, Certificate by, byte[] keyPackage)
      throws IOException {
    ASN1Set attributes = signer.getAuthenticatedAttributes();
    if (attributes == null) {
      throw new MalformedException("the key package is signed without attributes");
    }
    ASN1ObjectIdentifier digest = signer.getDigestAlgorithm().getAlgorithm();
    boolean fits =
        KeyPackage.TYPE.equals(value(attributes, CMSAttributes.contentType))
            && MessageDigest.isEqual(
                ASN1OctetString.getInstance(value(attributes, CMSAttributes.messageDigest))
                    .getOctets(),
                KeyPackageSigner.digest(digest, keyPackage));
    boolean verifies =
        algorithm(signer.getDigestEncryptionAlgorithm(), digest)
            .verifies(
                by.subjectPublicKeyInfo(),
                attributes.getEncoded(ASN1Encoding.DER),
                signer.getEncryptedDigest().getOctets());
    if (!fits || !verifies) {
      throw new MalformedException("the signature over the key package does not verify");
    }
  }

  private static ASN1Encodable value(ASN1Set attributes, ASN1ObjectIdentifier type) {
    ASN1Encodable found = null;
    for (ASN1Encodable element : attributes) {
      Attribute attribute = Attribute.getInstance(element);
      if (attribute.getAttrType().equals(type)) {
        if (found != null || attribute.getAttrValues().size() != 1) {
          throw new MalformedException("a signed attribute does not stand there exactly once");
        }
        found = attribute.getAttrValues().getObjectAt(0);
      }
    }
    return found == null ? new DEROctetString(new byte[0]) : found;
  }

  /// rsaEncryption names the key only, and the digest stands beside it (RFC 3370 §3.2).
  private static SignatureAlgorithm algorithm(
      AlgorithmIdentifier signature, ASN1ObjectIdentifier digest) {
    if (!signature.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return SignatureAlgorithm.of(signature);
    }
    return digest.equals(NISTObjectIdentifiers.id_sha512)
        ? SignatureAlgorithm.RSA_WITH_SHA512
        : digest.equals(NISTObjectIdentifiers.id_sha384)
            ? SignatureAlgorithm.RSA_WITH_SHA384
            : SignatureAlgorithm.RSA_WITH_SHA256;
  }
}
