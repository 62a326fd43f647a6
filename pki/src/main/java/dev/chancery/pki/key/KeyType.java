package dev.chancery.pki.key;

import dev.chancery.pki.MalformedException;
import java.util.Arrays;
import java.util.Optional;

/// The kinds of keys that Chancery knows, with the JCA names that belong to them. The text form
/// (`p-256`, `rsa-3072`) is what configuration and command line use.
public enum KeyType {
  P_256("p-256", "EC", "secp256r1", "SHA256withECDSA"),
  P_384("p-384", "EC", "secp384r1", "SHA384withECDSA"),
  P_521("p-521", "EC", "secp521r1", "SHA512withECDSA"),
  RSA_2048("rsa-2048", "RSA", "2048", "SHA256withRSA"),
  RSA_3072("rsa-3072", "RSA", "3072", "SHA256withRSA"),
  RSA_4096("rsa-4096", "RSA", "4096", "SHA256withRSA"),
  ED25519("ed25519", "Ed25519", "", "Ed25519"),
  ML_DSA_44("ml-dsa-44", "ML-DSA-44", "", "ML-DSA-44"),
  ML_DSA_65("ml-dsa-65", "ML-DSA-65", "", "ML-DSA-65"),
  ML_DSA_87("ml-dsa-87", "ML-DSA-87", "", "ML-DSA-87");

  private final String id;
  private final String keyAlgorithm;
  private final String parameter;
  private final String signatureAlgorithm;

  KeyType(String id, String keyAlgorithm, String parameter, String signatureAlgorithm) {
    this.id = id;
    this.keyAlgorithm = keyAlgorithm;
    this.parameter = parameter;
    this.signatureAlgorithm = signatureAlgorithm;
  }

  /// The name in configuration, such as `p-256`.
  public String id() {
    return id;
  }

  /// The JCA key algorithm.
  public String keyAlgorithm() {
    return keyAlgorithm;
  }

  /// Curve name or modulus length in bits; empty where the algorithm says it all.
  String parameter() {
    return parameter;
  }

  /// The JCA signature algorithm that this key signs with.
  public String signatureAlgorithm() {
    return signatureAlgorithm;
  }

  public boolean isRsa() {
    return keyAlgorithm.equals("RSA");
  }

  public boolean isEc() {
    return keyAlgorithm.equals("EC");
  }

  /// The RSA modulus length in bits, for RSA kinds.
  public int rsaBits() {
    return Integer.parseInt(parameter);
  }

  /// The kind called `id`.
  ///
  /// @throws MalformedException listing the kinds
  public static KeyType parse(String id) {
    return find(id)
        .orElseThrow(() ->
            new MalformedException(
                "key types are " + Arrays.stream(values()).map(KeyType::id).toList()));
  }

  static Optional<KeyType> find(String id) {
    return Arrays.stream(values()).filter(type -> type.id.equalsIgnoreCase(id)).findFirst();
  }

  @Override
  public String toString() {
    return id;
  }
}
