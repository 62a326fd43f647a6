package dev.chancery.pki.key;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.pki.crypto.Providers;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/// A public key as certificates carry it (RFC 5280 §4.1.2.7). Holding one says that the encoding is
/// sound, not that the key is strong enough: that is what [KeyWeakness] tells. Equal when the
/// encodings are.
public final class SubjectPublicKeyInfo {
  /// Large enough for RSA-16384 and ML-DSA-87; a longer one is refused unread.
  private static final int MAX_BYTES = 4096;

  private final Der der;
  private final org.bouncycastle.asn1.x509.SubjectPublicKeyInfo asn1;

  private SubjectPublicKeyInfo(Der der, org.bouncycastle.asn1.x509.SubjectPublicKeyInfo asn1) {
    this.der = der;
    this.asn1 = asn1;
  }

  /// Takes over the ASN.1 or platform form.
  ///
  /// @throws MalformedException if it does not encode, or is larger than any key that could be
  ///   accepted
  public static SubjectPublicKeyInfo of(org.bouncycastle.asn1.x509.SubjectPublicKeyInfo asn1) {
    try {
      byte[] der = asn1.getEncoded(ASN1Encoding.DER);
      if (der.length > MAX_BYTES) {
        throw new MalformedException("the public key is larger than " + MAX_BYTES + " bytes");
      }
      return new SubjectPublicKeyInfo(Der.of(der), asn1);
    } catch (IOException e) {
      throw new MalformedException("the public key cannot be encoded", e);
    }
  }

  /// The encoding of a JCA key.
  public static SubjectPublicKeyInfo of(PublicKey key) {
    try {
      return of(
          org.bouncycastle.asn1.x509.SubjectPublicKeyInfo.getInstance(
              DerLimits.parse(key.getEncoded(), MAX_BYTES, "public key")));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the public key is not a SubjectPublicKeyInfo", e);
    }
  }

  public Der der() {
    return der;
  }

  /// The ASN.1 form.
  public org.bouncycastle.asn1.x509.SubjectPublicKeyInfo toAsn1() {
    return asn1;
  }

  /// SHA-256 over the whole structure, lower-case hex.
  public String sha256Hex() {
    return der.sha256Hex();
  }

  /// The key identifier of RFC 7093 §2 method 1: the first 160 bits of SHA-256 over the key's bit
  /// string.
  public byte[] keyIdentifier() {
    return java.util.Arrays.copyOf(Digests.sha256(asn1.getPublicKeyData().getBytes()), 20);
  }

  /// The kind of key, if it is one that Chancery knows; RSA keys of other lengths than the usual
  /// have none.
  public Optional<KeyType> type() {
    AlgorithmIdentifier algorithm = asn1.getAlgorithm();
    ASN1ObjectIdentifier oid = algorithm.getAlgorithm();
    if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return curve(algorithm);
    }
    if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return KeyType.find("rsa-" + rsa().getModulus().bitLength());
    }
    if (oid.getId().equals("1.3.101.112")) {
      return Optional.of(KeyType.ED25519);
    }
    if (oid.equals(NISTObjectIdentifiers.id_ml_dsa_44)) {
      return Optional.of(KeyType.ML_DSA_44);
    }
    if (oid.equals(NISTObjectIdentifiers.id_ml_dsa_65)) {
      return Optional.of(KeyType.ML_DSA_65);
    }
    if (oid.equals(NISTObjectIdentifiers.id_ml_dsa_87)) {
      return Optional.of(KeyType.ML_DSA_87);
    }
    return Optional.empty();
  }

  private static Optional<KeyType> curve(AlgorithmIdentifier algorithm) {
    if (!(algorithm.getParameters() instanceof ASN1ObjectIdentifier curve)) {
      return Optional.empty();
    }
    if (curve.equals(SECObjectIdentifiers.secp256r1)) {
      return Optional.of(KeyType.P_256);
    }
    if (curve.equals(SECObjectIdentifiers.secp384r1)) {
      return Optional.of(KeyType.P_384);
    }
    if (curve.equals(SECObjectIdentifiers.secp521r1)) {
      return Optional.of(KeyType.P_521);
    }
    return Optional.empty();
  }

  public boolean isRsa() {
    return asn1.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption);
  }

  /// The RSA numbers.
  ///
  /// @throws MalformedException if this is no well-formed RSA key
  public RSAPublicKey rsa() {
    try {
      return RSAPublicKey.getInstance(
          DerLimits.parse(asn1.getPublicKeyData().getOctets(), MAX_BYTES, "RSA public key"));
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new MalformedException("the RSA public key is malformed", e);
    }
  }

  /// The key for the JCA. EC points are checked to be on their curve.
  ///
  /// @throws MalformedException if no provider accepts it
  public PublicKey toPublicKey() {
    String algorithm =
        isRsa() ? "RSA" : type().map(KeyType::keyAlgorithm).orElseThrow(this::unknown);
    if (type().map(SubjectPublicKeyInfo::mlDsaBytes).filter(this::hasOtherLength).isPresent()) {
      // The platform's key factory would take it and fail at the first signature.
      throw new MalformedException("the public key is not a valid " + algorithm + " key");
    }
    try {
      return Providers.keyFactory(algorithm)
          .generatePublic(new X509EncodedKeySpec(der.toByteArray()));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new MalformedException("the public key is not a valid " + algorithm + " key", e);
    }
  }

  /// Lengths of ML-DSA public keys (FIPS 204 §4, table 2); null for other kinds, whose length the
  /// key factories check.
  private static @Nullable Integer mlDsaBytes(KeyType type) {
    return switch (type) {
      case ML_DSA_44 -> 1312;
      case ML_DSA_65 -> 1952;
      case ML_DSA_87 -> 2592;
      case P_256, P_384, P_521, RSA_2048, RSA_3072, RSA_4096, ED25519 -> null;
    };
  }

  private boolean hasOtherLength(int bytes) {
    return asn1.getPublicKeyData().getBytes().length != bytes;
  }

  private MalformedException unknown() {
    return new MalformedException(
        "the public key's algorithm or curve ("
            + asn1.getAlgorithm().getAlgorithm().getId()
            + ") is not supported");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SubjectPublicKeyInfo info && der.equals(info.der);
  }

  @Override
  public int hashCode() {
    return der.hashCode();
  }

  @Override
  public String toString() {
    return type().map(KeyType::id).orElse(asn1.getAlgorithm().getAlgorithm().getId())
        + " sha256 "
        + sha256Hex().substring(0, 16);
  }
}
