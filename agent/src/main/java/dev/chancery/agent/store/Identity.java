package dev.chancery.agent.store;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.List;
import java.util.Optional;

/// A key and its certificate: a pair that has been seen to belong together.
public final class Identity {
  private static final byte[] PROBE = "chancery".getBytes(StandardCharsets.US_ASCII);

  private final PrivateKey key;
  private final List<Certificate> chain;
  private final Optional<String> alias;

  private Identity(PrivateKey key, List<Certificate> chain, Optional<String> alias) {
    this.key = key;
    this.chain = List.copyOf(chain);
    this.alias = alias;
  }

  /// Puts the two together.
  ///
  /// @param chain the certificate and what is above it, without the anchor
  /// @param alias the key's name in its token, if it is in one
  /// @return empty if the key is not the certificate's
  public static Optional<Identity> of(
      PrivateKey key, List<Certificate> chain, Optional<String> alias) {
    if (chain.isEmpty()) {
      return Optional.empty();
    }
    SubjectPublicKeyInfo certified = chain.getFirst().subjectPublicKeyInfo();
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.of(
            certified.type().orElse(certified.isRsa() ? KeyType.RSA_2048 : KeyType.ED25519));
    try {
      return algorithm.verifies(certified, PROBE, algorithm.sign(key, PROBE))
          ? Optional.of(new Identity(key, chain, alias))
          : Optional.empty();
    } catch (IllegalStateException keyOfAnotherKind) {
      return Optional.empty();
    }
  }

  public PrivateKey key() {
    return key;
  }

  /// Leaf first, without the anchor.
  public List<Certificate> chain() {
    return chain;
  }

  public Certificate certificate() {
    return chain.getFirst();
  }

  /// The key's name in its token.
  public Optional<String> alias() {
    return alias;
  }

  public KeyPair keyPair() {
    return new KeyPair(certificate().subjectPublicKeyInfo().toPublicKey(), key);
  }

  @Override
  public String toString() {
    return certificate().toString();
  }
}
