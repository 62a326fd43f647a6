package dev.chancery.pki.key;

import dev.chancery.pki.MalformedException;
import java.math.BigInteger;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;

/// A reason never to certify a key, whoever asks (EST-087).
public enum KeyWeakness {
  UNSUPPORTED(
      "the key's algorithm or curve is not supported: use P-256, P-384, P-521, RSA, Ed25519 or ML-DSA"),
  INVALID_POINT(
      "the key is not a valid point on its curve or not a well-formed key: make a new key"),
  RSA_TOO_SHORT("the RSA key is shorter than 2048 bits: make one of 3072 bits"),
  RSA_TOO_LONG("the RSA key is longer than 8192 bits: make one of 3072 bits"),
  RSA_EXPONENT("the RSA public exponent is not an odd number of 17 to 256 bits: use 65537"),
  RSA_MODULUS("the RSA modulus is even or has a small factor: make a new key"),
  ROCA(
      "the RSA key has the ROCA fingerprint (CVE-2017-15361): make a new key on other hardware or firmware");

  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;

  private final String explanation;

  KeyWeakness(String explanation) {
    this.explanation = explanation;
  }

  /// What is wrong and what to do, for the requester.
  public String explanation() {
    return explanation;
  }

  /// The first weakness of `key`, or empty if it may be certified. Costs microseconds: it is safe
  /// to ask before any signature is verified, and sensible, since verifying with a huge key is
  /// expensive.
  public static Optional<KeyWeakness> of(SubjectPublicKeyInfo key) {
    if (key.isRsa()) {
      return ofRsa(key);
    }
    if (key.type().isEmpty()) {
      return Optional.of(UNSUPPORTED);
    }
    try {
      key.toPublicKey();
      return Optional.empty();
    } catch (MalformedException malformed) {
      return Optional.of(INVALID_POINT);
    }
  }

  private static Optional<KeyWeakness> ofRsa(SubjectPublicKeyInfo key) {
    RSAPublicKey rsa;
    try {
      rsa = key.rsa();
    } catch (MalformedException malformed) {
      return Optional.of(INVALID_POINT);
    }
    BigInteger modulus = rsa.getModulus();
    BigInteger exponent = rsa.getPublicExponent();
    if (modulus.signum() <= 0 || modulus.bitLength() < MIN_RSA_BITS) {
      return Optional.of(RSA_TOO_SHORT);
    }
    if (modulus.bitLength() > MAX_RSA_BITS) {
      return Optional.of(RSA_TOO_LONG);
    }
    // FIPS 186-5 §5.1: odd, 2^16 < e < 2^256.
    if (!exponent.testBit(0) || exponent.bitLength() < 17 || exponent.bitLength() > 256) {
      return Optional.of(RSA_EXPONENT);
    }
    if (SmallFactors.divide(modulus)) {
      return Optional.of(RSA_MODULUS);
    }
    return Roca.hasFingerprint(modulus) ? Optional.of(ROCA) : Optional.empty();
  }
}
