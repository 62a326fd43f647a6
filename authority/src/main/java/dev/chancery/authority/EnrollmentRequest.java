package dev.chancery.authority;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.Template;
import java.util.Optional;

/// A request that is already authenticated: each part is evidence, made only by the check it stands
/// for.
///
/// @param endpoint where it arrived
/// @param operation a first certificate or the successor of one
/// @param requester who asks
/// @param template what is asked for (RFC 4211 §5), not yet what will be granted
/// @param proof that the requester, or this server for it, holds the key in `template`
/// @param requestId names the request in log and audit
/// @param exchange the dialogue of messages that it belongs to, in protocols that have one
/// @param generation the generation of the endpoint's issuer that is asked to sign, in protocols
///   where a requester can ask for the one that is announced
///   ([dev.chancery.authority.rollover.Generation#id()])
public record EnrollmentRequest(
    Endpoint endpoint,
    Operation operation,
    Requester requester,
    Template template,
    ProofOfPossession proof,
    String requestId,
    Optional<Exchange> exchange,
    Optional<String> generation)
    implements AuthenticatedRequest {
  /// What kind of certificate is asked for.
  public enum Operation {
    /// A certificate of its own, whether or not the requester has others.
    INITIAL,
    /// The successor of the requester's certificate (RFC 7030 §4.2.2), or, where a registration
    /// authority asks, of the certificate that bears the template's names.
    RENEWAL
  }

  /// A request that stands for itself.
  public EnrollmentRequest(
      Endpoint endpoint,
      Operation operation,
      Requester requester,
      Template template,
      ProofOfPossession proof,
      String requestId) {
    this(
        endpoint,
        operation,
        requester,
        template,
        proof,
        requestId,
        Optional.empty(),
        Optional.empty());
  }

  public EnrollmentRequest {
    if (!proof.key().equals(template.subjectPublicKey())) {
      throw new IllegalArgumentException("proof of possession is for another key");
    }
  }

  /// See [AuthenticatedRequest#digest()]. A key that was made here does not count in it: it is
  /// another one each time. A generation after the first counts: who asks the next CA as well wants
  /// another certificate.
  @Override
  public String digest() {
    String key =
        isForKeyMadeHere()
            ? ServerKeyRequest.KEY_TO_BE_MADE
            : template.subjectPublicKey().sha256Hex();
    return AuthenticatedRequest.digest(
        this,
        generation
            .filter(id -> !id.equals(endpoint.issuer()))
            .map(id -> key + "\n" + id)
            .orElse(key));
  }

  /// True if the key was made here. Its certificate is of no use without it, so the answer cannot
  /// be given again.
  boolean isForKeyMadeHere() {
    return proof.holder() == ProofOfPossession.Holder.MAKER;
  }
}
