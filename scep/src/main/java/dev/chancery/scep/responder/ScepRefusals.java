package dev.chancery.scep.responder;

import dev.chancery.authority.Refusal;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.FailInfo;
import java.time.Duration;

/// SCEP's words for a refusal: a failInfo and a short text, or an HTTP status where the device is
/// to come again (RFC 8894 §3.2.1.4, SCEP-009, SCEP-122). The only place that knows both
/// vocabularies.
final class ScepRefusals {
  /// Failures are counted per minute, and a ledger that is down is seldom back sooner.
  static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  /// One text for everything that may be wrong with a challenge, so that nobody can probe which
  /// exist.
  private static final String CHALLENGE = "the challenge password does not entitle to this request";

  /// What a device manager says about a request is for the operator; the audit has it.
  private static final String DECISION = "the device manager did not allow this request";

  private static final String NO_DECISION =
      "whoever decides about requests here does not answer now: try again later";

  private ScepRefusals() {}

  /// What is said.
  sealed interface Answer {
    /// A signed FAILURE.
    record Signed(CertRep.Result.Failure failure) implements Answer {}

    /// 503: nothing was decided, the same message may be sent again.
    record Later(String text) implements Answer {}

    /// 500.
    record Broken(String text) implements Answer {}
  }

  static Answer answer(Refusal refusal) {
    return switch (refusal.code()) {
      case ALGORITHM_NOT_ALLOWED, KEY_WEAK, KEY_TYPE_NOT_ALLOWED ->
          signed(FailInfo.BAD_ALG, refusal.sentence());
      case MESSAGE_SIGNATURE_INVALID -> signed(FailInfo.BAD_MESSAGE_CHECK, refusal.sentence());
      case SIGNING_TIME_WRONG -> signed(FailInfo.BAD_TIME, refusal.sentence());
      case NOT_FOUND -> signed(FailInfo.BAD_CERT_ID, refusal.sentence());
      case CREDENTIAL_MISSING,
          CREDENTIAL_UNKNOWN,
          CREDENTIAL_EXPIRED,
          CREDENTIAL_EXHAUSTED,
          CREDENTIAL_REVOKED,
          CREDENTIAL_NOT_FOR_ENDPOINT,
          CREDENTIAL_NOT_FOR_KEY,
          CREDENTIAL_NOT_FOR_DEVICE,
          CREDENTIAL_NOT_FOR_NETWORK,
          // What the names of a challenge are is nobody's business who does not have them.
          NAME_NOT_ENTITLED ->
          signed(FailInfo.BAD_REQUEST, CHALLENGE);
      case AUTHORISER_DENIED -> signed(FailInfo.BAD_REQUEST, DECISION);
      case AUTHORISER_UNAVAILABLE -> new Answer.Later(NO_DECISION);
      case MALFORMED,
          PROOF_OF_POSSESSION_INVALID,
          MESSAGE_REPLAYED,
          CHANNEL_BINDING_WRONG,
          CHANNEL_BINDING_MISSING,
          CHANNEL_BINDING_UNVERIFIABLE,
          CERTIFICATE_MISSING,
          CERTIFICATE_UNTRUSTED,
          CERTIFICATE_EXPIRED,
          CERTIFICATE_NOT_YET_VALID,
          CERTIFICATE_REVOKED,
          CERTIFICATE_SUPERSEDED,
          CERTIFICATE_NOT_ENTITLED,
          NAME_CHANGED,
          NAME_CHANGE_FORBIDDEN,
          KEY_REUSED,
          KEY_COMPROMISED,
          TOO_MANY_CERTIFICATES,
          KEY_OF_AUTHORITY,
          KEY_ENCRYPTION_MISSING,
          KEY_ENCRYPTION_IMPOSSIBLE,
          EXTENSION_NOT_ALLOWED,
          RENEWAL_TOO_EARLY,
          DENIED ->
          signed(FailInfo.BAD_REQUEST, refusal.sentence());
      case RATE_LIMITED, REVOCATION_UNKNOWN, LEDGER_UNAVAILABLE, UPSTREAM_UNAVAILABLE ->
          new Answer.Later(refusal.sentence());
      case INTERNAL -> new Answer.Broken(refusal.sentence());
    };
  }

  private static Answer signed(FailInfo failInfo, String text) {
    return new Answer.Signed(new CertRep.Result.Failure(failInfo, text));
  }
}
