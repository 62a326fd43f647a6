package dev.chancery.pki.request;

import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.util.Optional;

/// Evidence that the requester holds the private key of the public key it wants certified. Only the
/// checks in this class make one.
public final class ProofOfPossession {
  private final SubjectPublicKeyInfo key;

  private ProofOfPossession(SubjectPublicKeyInfo key) {
    this.key = key;
  }

  /// Verifies a PKCS#10 request's signature with the key inside it (RFC 2986 §3), over the bytes as
  /// sent. Weak keys are refused first: verifying with a huge or malformed key is how a stranger
  /// would burn CPU.
  ///
  /// @throws WeakKeyException if the key is never acceptable
  /// @throws ProofInvalidException if the signature does not verify
  public static ProofOfPossession verify(CertificationRequest request) {
    SubjectPublicKeyInfo key = request.template().subjectPublicKey();
    Optional<KeyWeakness> weakness = KeyWeakness.of(key);
    if (weakness.isPresent()) {
      throw new WeakKeyException(weakness.get());
    }
    if (!request.signatureAlgorithm().verifies(key, request.signedBytes(), request.signature())) {
      throw new ProofInvalidException();
    }
    return new ProofOfPossession(key);
  }

  /// The key whose possession is proven.
  public SubjectPublicKeyInfo key() {
    return key;
  }
}
