package dev.chancery.pki.cms;

import dev.chancery.pki.crypto.Providers;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Digests of signed messages (RFC 8894 §2.9, RFC 5754 §2). That one is known says nothing about
/// whether it is allowed: the protocol's policy decides.
public enum DigestAlgorithm {
  MD5("1.2.840.113549.2.5", "MD5", "1.2.840.113549.1.1.4", ""),
  SHA_1("1.3.14.3.2.26", "SHA-1", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"),
  SHA_256("2.16.840.1.101.3.4.2.1", "SHA-256", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"),
  SHA_384("2.16.840.1.101.3.4.2.2", "SHA-384", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"),
  SHA_512("2.16.840.1.101.3.4.2.3", "SHA-512", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4");

  private final String oid;
  private final String jcaName;
  private final String rsaOid;
  private final String ecdsaOid;

  DigestAlgorithm(String oid, String jcaName, String rsaOid, String ecdsaOid) {
    this.oid = oid;
    this.jcaName = jcaName;
    this.rsaOid = rsaOid;
    this.ecdsaOid = ecdsaOid;
  }

  /// The one that `identifier` names, if it is known.
  static Optional<DigestAlgorithm> of(AlgorithmIdentifier identifier) {
    String wanted = identifier.getAlgorithm().getId();
    return Arrays.stream(values()).filter(digest -> digest.oid.equals(wanted)).findFirst();
  }

  /// The platform's name, such as `SHA-256`.
  public String jcaName() {
    return jcaName;
  }

  AlgorithmIdentifier identifier() {
    return new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid), DERNull.INSTANCE);
  }

  /// True if the signature algorithm `oid` (RSA of PKCS#1 v1.5, or ECDSA) works with this digest.
  public boolean isIn(String oid) {
    return oid.equals(rsaOid) || oid.equals(ecdsaOid);
  }

  String rsaOid() {
    return rsaOid;
  }

  String ecdsaOid() {
    return ecdsaOid;
  }

  /// The digest of `message`.
  public byte[] digest(byte[] message) {
    try {
      return Providers.messageDigest(jcaName).digest(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this platform lacks " + jcaName, e);
    }
  }

  /// The JCA name of a signature with this digest.
  ///
  /// @param keyAlgorithm `RSA` or `ECDSA`
  String signature(String keyAlgorithm) {
    return jcaName.replace("-", "") + "with" + keyAlgorithm;
  }
}
