package dev.chancery.pki.cms;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Signs packages of keys that were made here (RFC 7030 §4.4.2): the SignedData says who made the
/// key. Immutable and thread-safe.
public final class KeyPackageSigner {
  private final PrivateKey key;
  private final CertificateChain chain;
  private final SignatureAlgorithm algorithm;

  /// A signer.
  ///
  /// @param key belongs to the chain's leaf
  /// @param chain goes into the message, so that whoever opens it finds a path
  /// @throws MalformedException if keys of that type do not sign
  public KeyPackageSigner(PrivateKey key, CertificateChain chain) {
    this.key = key;
    this.chain = chain;
    this.algorithm =
        chain
            .leaf()
            .subjectPublicKeyInfo()
            .type()
            .map(SignatureAlgorithm::of)
            .orElseThrow(() -> new MalformedException("keys of that type do not sign"));
  }

  /// Who signs.
  public Certificate certificate() {
    return chain.leaf();
  }

  /// SignedData over a key package, DER (RFC 5652 §5; version 3, since the content is not data). It
  /// is not inside a ContentInfo.
  byte[] sign(byte[] keyPackage) {
    try {
      AlgorithmIdentifier digest = new AlgorithmIdentifier(digestOf(algorithm));
      ASN1EncodableVector attributes = new ASN1EncodableVector();
      attributes.add(attribute(CMSAttributes.contentType, KeyPackage.TYPE));
      attributes.add(
          attribute(
              CMSAttributes.messageDigest,
              new DEROctetString(digest(digest.getAlgorithm(), keyPackage))));
      ASN1Set signed = new DERSet(attributes);
      org.bouncycastle.asn1.x509.Certificate own = chain.leaf().toAsn1();
      SignerInfo signer =
          new SignerInfo(
              new SignerIdentifier(
                  new IssuerAndSerialNumber(own.getIssuer(), own.getSerialNumber().getValue())),
              digest,
              signed,
              algorithm.identifier(),
              new DEROctetString(algorithm.sign(key, signed.getEncoded(ASN1Encoding.DER))),
              (ASN1Set) null);
      ASN1EncodableVector certificates = new ASN1EncodableVector();
      certificates.add(own);
      chain.authorities().forEach(one -> certificates.add(one.toAsn1()));
      return new SignedData(
              new DERSet(digest),
              new ContentInfo(KeyPackage.TYPE, new DEROctetString(keyPackage)),
              new DERSet(certificates),
              null,
              new DERSet(signer))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException("a signed key package cannot be encoded", e);
    }
  }

  private static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new Attribute(type, new DERSet(value));
  }

  /// The digest that goes with the signature; SHA-512 for those without one of their own (RFC 8419
  /// §3.1, RFC 9882 §4).
  private static ASN1ObjectIdentifier digestOf(SignatureAlgorithm algorithm) {
    return switch (algorithm) {
      case ECDSA_WITH_SHA256, RSA_WITH_SHA256 -> NISTObjectIdentifiers.id_sha256;
      case ECDSA_WITH_SHA384, RSA_WITH_SHA384 -> NISTObjectIdentifiers.id_sha384;
      case ECDSA_WITH_SHA512, RSA_WITH_SHA512, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          NISTObjectIdentifiers.id_sha512;
      case ECDSA_WITH_SHA1, RSA_WITH_SHA1, RSA_WITH_MD5 ->
          throw new MalformedException("a key package is not signed over a broken digest");
    };
  }

  /// The digest of `content` by an algorithm of SHA-2.
  ///
  /// @throws MalformedException if it is another
  static byte[] digest(ASN1ObjectIdentifier algorithm, byte[] content) {
    String name =
        algorithm.equals(NISTObjectIdentifiers.id_sha256)
            ? "SHA-256"
            : algorithm.equals(NISTObjectIdentifiers.id_sha384)
                ? "SHA-384"
                : algorithm.equals(NISTObjectIdentifiers.id_sha512) ? "SHA-512" : "";
    if (name.isEmpty()) {
      throw new MalformedException("the digest algorithm is not SHA-256, SHA-384 or SHA-512");
    }
    try {
      return MessageDigest.getInstance(name).digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks " + name, e);
    }
  }

  @Override
  public String toString() {
    return "KeyPackageSigner[" + chain.leaf() + "]";
  }
}
