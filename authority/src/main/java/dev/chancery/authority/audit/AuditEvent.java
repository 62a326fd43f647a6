package dev.chancery.authority.audit;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Something that happened, before it has its place in the chain.
///
/// @param at cut to milliseconds
/// @param actionId the action's name; says more than `action` only if that is `UNKNOWN`
/// @param requestId the request it belongs to; empty for what the server did of itself
/// @param actor who did it: a requester's id, `operator`, or `server`
/// @param details further facts by lower-case-with-dashes name, sorted; never a secret
public record AuditEvent(
    Instant at,
    Action action,
    String actionId,
    String requestId,
    String actor,
    Map<String, String> details) {
  public AuditEvent {
    if (action != Action.UNKNOWN && !action.id().equals(actionId)) {
      throw new IllegalArgumentException(action + " is not called " + actionId);
    }
    at = Instant.ofEpochMilli(at.toEpochMilli());
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  /// Something that this version does.
  public AuditEvent(
      Instant at, Action action, String requestId, String actor, Map<String, String> details) {
    this(at, action, action.id(), requestId, actor, details);
  }

  /// What a node has written down, which may be of a newer version and know more actions.
  public static AuditEvent stored(
      Instant at, String actionId, String requestId, String actor, Map<String, String> details) {
    Action action = Action.find(actionId).orElse(Action.UNKNOWN);
    return new AuditEvent(at, action, actionId, requestId, actor, details);
  }

  public enum Action {
    SERVER_STARTED,
    SERVER_STOPPED,
    CONFIGURATION_RELOADED,
    ISSUER_CREATED,
    CREDENTIAL_CREATED,
    CREDENTIAL_REVOKED,
    CERTIFICATE_ISSUED,
    /// The same certificate again, after its first delivery was lost.
    CERTIFICATE_REDELIVERED,
    CERTIFICATE_REVOKED,
    /// A CRL was signed and published.
    LIST_PUBLISHED,
    REQUEST_PENDING,
    REQUEST_APPROVED,
    REQUEST_DENIED,
    REQUEST_REFUSED,
    /// Passed on to another CA's server; the details hold its answer.
    REQUEST_RELAYED,
    /// Whoever decided about a request outside has been told what became of it.
    NOTIFICATION_DELIVERED,
    /// It could not be told, and will be tried again.
    NOTIFICATION_POSTPONED,
    /// It could not be told, and is not tried again.
    NOTIFICATION_ABANDONED,
    /// The chain up to the entry named in the details has been signed.
    CHECKPOINT_SIGNED,
    /// A key that all nodes use was made.
    KEY_SHARED,
    /// There is a next CA key of an issuer.
    GENERATION_PREPARED,
    /// Requesters are told of it from then on.
    GENERATION_ANNOUNCED,
    /// It is set when it signs in the place of the one before.
    GENERATION_ACTIVATED,
    /// It counts no longer.
    GENERATION_RETIRED,
    /// Something that only a newer version does, which writes into the same ledger.
    UNKNOWN;

    /// `certificate-issued`.
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The action called `id`, if this version knows it.
    public static Optional<Action> find(String id) {
      return Arrays.stream(values()).filter(action -> action.id().equals(id)).findFirst();
    }
  }
}
