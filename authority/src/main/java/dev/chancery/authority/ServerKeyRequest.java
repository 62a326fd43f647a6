package dev.chancery.authority;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.requester.Requester;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.Template;

/// A request for a certificate together with a key that is made here (RFC 7030 §4.4). It becomes an
/// [EnrollmentRequest] when the key is there.
///
/// @param template what is asked for; its key is a hint at the wanted type and nothing else
///   (EST-161)
/// @param delivery how the key shall travel
public record ServerKeyRequest(
    Endpoint endpoint,
    Requester requester,
    Template template,
    KeyDelivery delivery,
    String requestId)
    implements AuthenticatedRequest {
  /// What the digest says in place of a key. The hint does not count: a client that comes back may
  /// have made another.
  static final String KEY_TO_BE_MADE = "made here";

  /// A certificate of its own, also for a requester that has others: the key is always a new one.
  @Override
  public Operation operation() {
    return Operation.INITIAL;
  }

  @Override
  public String digest() {
    return AuthenticatedRequest.digest(this, KEY_TO_BE_MADE);
  }

  /// The request for the certificate of `key`.
  EnrollmentRequest with(GeneratedKey key) {
    return new EnrollmentRequest(
        endpoint,
        operation(),
        requester,
        new Template(
            template.names(), key.publicKey(), template.extensions(), template.changedNames()),
        ProofOfPossession.byMaking(key),
        requestId);
  }
}
