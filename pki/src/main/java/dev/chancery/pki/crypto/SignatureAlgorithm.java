package dev.chancery.pki.crypto;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Signature algorithms (RFC 5758, 4055, 8410, 9881). Those with MD5 or SHA-1 are [#WEAK]: nobody
/// makes or accepts them, but for a proof of possession where a policy for old devices names them.
public enum SignatureAlgorithm {
  ECDSA_WITH_SHA256("1.2.840.10045.4.3.2", "SHA256withECDSA", "EC", false),
  ECDSA_WITH_SHA384("1.2.840.10045.4.3.3", "SHA384withECDSA", "EC", false),
  ECDSA_WITH_SHA512("1.2.840.10045.4.3.4", "SHA512withECDSA", "EC", false),
  RSA_WITH_SHA256("1.2.840.113549.1.1.11", "SHA256withRSA", "RSA", true),
  RSA_WITH_SHA384("1.2.840.113549.1.1.12", "SHA384withRSA", "RSA", true),
  RSA_WITH_SHA512("1.2.840.113549.1.1.13", "SHA512withRSA", "RSA", true),
  ED25519("1.3.101.112", "Ed25519", "Ed25519", false),
  ML_DSA_44("2.16.840.1.101.3.4.3.17", "ML-DSA-44", "ML-DSA-44", false),
  ML_DSA_65("2.16.840.1.101.3.4.3.18", "ML-DSA-65", "ML-DSA-65", false),
  ML_DSA_87("2.16.840.1.101.3.4.3.19", "ML-DSA-87", "ML-DSA-87", false),
  ECDSA_WITH_SHA1("1.2.840.10045.4.1", "SHA1withECDSA", "EC", false),
  RSA_WITH_SHA1("1.2.840.113549.1.1.5", "SHA1withRSA", "RSA", true),
  RSA_WITH_MD5("1.2.840.113549.1.1.4", "MD5withRSA", "RSA", true);

  /// Those with a broken digest.
  public static final Set<SignatureAlgorithm> WEAK =
      Set.of(ECDSA_WITH_SHA1, RSA_WITH_SHA1, RSA_WITH_MD5);

  private static final List<SignatureAlgorithm> ALL = List.of(values());

  private final String oid;
  private final String jcaName;
  private final String keyAlgorithm;
  private final boolean nullParameters;

  SignatureAlgorithm(String oid, String jcaName, String keyAlgorithm, boolean nullParameters) {
    this.oid = oid;
    this.jcaName = jcaName;
    this.keyAlgorithm = keyAlgorithm;
    this.nullParameters = nullParameters;
  }

  /// The one that keys of `type` sign with.
  public static SignatureAlgorithm of(KeyType type) {
    return Arrays.stream(values())
        .filter(algorithm -> algorithm.jcaName.equals(type.signatureAlgorithm()))
        .findFirst()
        .orElseThrow();
  }

  /// The one that `identifier` names.
  ///
  /// @throws MalformedException if it is unknown, or too weak to be accepted
  public static SignatureAlgorithm of(AlgorithmIdentifier identifier) {
    return of(identifier, Set.of());
  }

  /// The one that `identifier` names.
  ///
  /// @param weak those of [#WEAK] that are accepted all the same
  /// @throws MalformedException if it is unknown, or too weak to be accepted
  public static SignatureAlgorithm of(
      AlgorithmIdentifier identifier, Set<SignatureAlgorithm> weak) {
    String oid = identifier.getAlgorithm().getId();
    for (SignatureAlgorithm algorithm : ALL) {
      if (algorithm.oid.equals(oid) && (!WEAK.contains(algorithm) || weak.contains(algorithm))) {
        return algorithm;
      }
    }
    throw new MalformedException(
        "the signature algorithm " + oid + " is not accepted: sign with SHA-256 or stronger");
  }

  public AlgorithmIdentifier identifier() {
    ASN1ObjectIdentifier id = new ASN1ObjectIdentifier(oid);
    return nullParameters
        ? new AlgorithmIdentifier(id, DERNull.INSTANCE)
        : new AlgorithmIdentifier(id);
  }

  /// Signs `message`. A key that does not show itself, because it is in a token, is used by the
  /// provider it comes from, which must be among the platform's.
  public byte[] sign(PrivateKey key, byte[] message) {
    try {
      Signature signature =
          key.getEncoded() == null ? Signature.getInstance(jcaName) : Providers.signature(jcaName);
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing with " + jcaName + " failed", e);
    }
  }

  /// True if `signature` over `message` was made with the private half of `key`. False also if the
  /// key is of another kind.
  public boolean verifies(SubjectPublicKeyInfo key, byte[] message, byte[] signature) {
    String keys = key.isRsa() ? "RSA" : key.type().map(KeyType::keyAlgorithm).orElse("");
    if (!keys.equals(keyAlgorithm)) {
      return false;
    }
    try {
      Signature verifier = Providers.signature(jcaName);
      verifier.initVerify(key.toPublicKey());
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformedSignature) {
      return false;
    }
  }
}
