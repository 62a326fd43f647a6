package dev.chancery.authority.audit;

import java.time.Instant;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Something that happened, before it has its place in the chain.
///
/// @param at cut to milliseconds
/// @param requestId the request it belongs to; empty for what the server did of itself
/// @param actor who did it: a requester's id, `operator`, or `server`
/// @param details further facts by lower-case-with-dashes name, sorted; never a secret
public record AuditEvent(
    Instant at, Action action, String requestId, String actor, Map<String, String> details) {
  public AuditEvent {
    at = Instant.ofEpochMilli(at.toEpochMilli());
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
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
    GENERATION_RETIRED;

    /// `certificate-issued`.
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The action called `id`.
    public static Action parse(String id) {
      return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }
}
