package dev.chancery.authority.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;

/// A request that waits for somebody's decision, or has one.
///
/// @param digest names the request's content, see
///   [dev.chancery.authority.AuthenticatedRequest#digest()]; a request that comes again is found by
///   it
/// @param names what the certificate would say
/// @param keySha256 hex SHA-256 of the subject public key info; empty if the server will make the
///   key
/// @param keyType for people, such as `p-256`
public record PendingRecord(
    Ticket ticket,
    String digest,
    String endpoint,
    String requester,
    String profile,
    SubjectNames names,
    String keySha256,
    String keyType,
    Instant createdAt,
    State state) {
  public sealed interface State {
    record Waiting() implements State {}

    record Approved(Instant at, String by) implements State {}

    record Denied(Instant at, String by, String reason) implements State {}

    /// Approved, and the certificate has been issued since.
    record Done(String issuer, String serial) implements State {}
  }
}
