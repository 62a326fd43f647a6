package dev.chancery.pki.request;

import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.util.Optional;

/// Evidence that the requester, or this side on its behalf, holds the private key of the public key
/// to be certified. Only the checks in this class make one.
public final class ProofOfPossession {
  /// Who has the private key.
  public enum Holder {
    /// The requester, which has proven it.
    REQUESTER,
    /// This side, which made the key for the requester (RFC 7030 §4.4) and hands it over once.
    MAKER
  }

  private final SubjectPublicKeyInfo key;
  private final Holder holder;

  private ProofOfPossession(SubjectPublicKeyInfo key, Holder holder) {
    this.key = key;
    this.holder = holder;
  }

  /// The evidence that lies in having made the key: whoever holds a [GeneratedKey] holds its
  /// private half.
  public static ProofOfPossession byMaking(GeneratedKey key) {
    return new ProofOfPossession(key.publicKey(), Holder.MAKER);
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
    boolean verifies =
        request
            .signatureAlgorithm()
            .filter(
                algorithm -> algorithm.verifies(key, request.signedBytes(), request.signature()))
            .isPresent();
    if (!verifies) {
      throw new ProofInvalidException();
    }
    return new ProofOfPossession(key, Holder.REQUESTER);
  }

  /// Who has the private key now.
  public Holder holder() {
    return holder;
  }

  /// The key whose possession is proven.
  public SubjectPublicKeyInfo key() {
    return key;
  }
}
