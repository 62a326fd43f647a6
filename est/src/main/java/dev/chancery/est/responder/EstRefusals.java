package dev.chancery.est.responder;

import dev.chancery.authority.Refusal;
import dev.chancery.transport.Reply;
import java.time.Duration;

/// EST's words for a refusal: an HTTP status and one line of text (RFC 7030 §4.2.3, RFC 8951 §5).
/// The only place that knows both vocabularies.
final class EstRefusals {
  /// Failures are counted per minute, and a ledger that is down is seldom back sooner.
  private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  private EstRefusals() {}

  /// The reply.
  ///
  /// @param realm what a 401 says the credential is for
  static Reply reply(Refusal refusal, String realm) {
    int status = status(refusal.code());
    return switch (status) {
      // Without a body, since BouncyCastle's client fails on one (EST-126).
      case 401 ->
          Reply.of(401)
              .with("WWW-Authenticate", "Basic realm=\"" + realm + "\", charset=\"UTF-8\"");
      case 429, 503 -> Reply.text(status, refusal.sentence()).retryAfter(RETRY_AFTER);
      default -> Reply.text(status, refusal.sentence());
    };
  }

  /// The refusal of the server behind an endpoint, in its own words. A 401 of its is about this
  /// server's certificate there: the client can do nothing about it.
  static Reply passedOn(int status, String text) {
    return switch (status) {
      case 401 -> Reply.text(502, "the server behind this one does not know this one");
      case 429, 503 -> Reply.text(status, text).retryAfter(RETRY_AFTER);
      default ->
          status >= 400 && status < 600
              ? Reply.text(status, text)
              : Reply.text(502, "the server behind this one answered " + status);
    };
  }

  /// 400 is for what another request would cure, 401 for what another password would, 403 for what
  /// only the operator can change.
  static int status(Refusal.Code code) {
    return switch (code) {
      case MALFORMED,
          PROOF_OF_POSSESSION_INVALID,
          MESSAGE_SIGNATURE_INVALID,
          ALGORITHM_NOT_ALLOWED,
          MESSAGE_REPLAYED,
          SIGNING_TIME_WRONG,
          CHANNEL_BINDING_WRONG,
          CHANNEL_BINDING_MISSING,
          CHANNEL_BINDING_UNVERIFIABLE,
          NAME_CHANGED,
          KEY_WEAK,
          KEY_TYPE_NOT_ALLOWED,
          KEY_REUSED,
          KEY_COMPROMISED,
          KEY_ENCRYPTION_MISSING,
          KEY_ENCRYPTION_IMPOSSIBLE ->
          400;
      case CREDENTIAL_MISSING, CREDENTIAL_UNKNOWN -> 401;
      // Whoever knows the secret is told why it does not work: a 401 would only ask for it again.
      case CREDENTIAL_EXPIRED,
          CREDENTIAL_EXHAUSTED,
          CREDENTIAL_REVOKED,
          CREDENTIAL_NOT_FOR_ENDPOINT,
          CREDENTIAL_NOT_FOR_KEY,
          CREDENTIAL_NOT_FOR_DEVICE,
          CREDENTIAL_NOT_FOR_NETWORK,
          CERTIFICATE_MISSING,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_EXPIRED,
          CERTIFICATE_NOT_YET_VALID,
          CERTIFICATE_REVOKED,
          CERTIFICATE_SUPERSEDED,
          CERTIFICATE_NOT_ENTITLED,
          NAME_NOT_ENTITLED,
          NAME_CHANGE_FORBIDDEN,
          KEY_OF_AUTHORITY,
          EXTENSION_NOT_ALLOWED,
          TOO_MANY_CERTIFICATES,
          RENEWAL_TOO_EARLY,
          AUTHORISER_DENIED,
          DENIED ->
          403;
      case NOT_FOUND -> 404;
      case RATE_LIMITED -> 429;
      case INTERNAL -> 500;
      case REVOCATION_UNKNOWN, LEDGER_UNAVAILABLE, UPSTREAM_UNAVAILABLE, AUTHORISER_UNAVAILABLE ->
          503;
    };
  }
}
