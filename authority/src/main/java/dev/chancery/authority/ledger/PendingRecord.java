package dev.chancery.authority.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.pki.Der;
import dev.chancery.pki.name.SubjectNames;
import java.time.Instant;
import java.util.Optional;

/// A request that waits for somebody's decision, or has one.
///
/// @param digest names the request's content, see
///   [dev.chancery.authority.AuthenticatedRequest#digest()]; a request that comes again is found by
///   it
/// @param names what the certificate would say
/// @param keySha256 hex SHA-256 of the subject public key info; empty if the server will make the
///   key
/// @param keyType for people, such as `p-256`
/// @param exchange the dialogue that the request belongs to, in protocols that have one
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
    State state,
    Optional<Kept> exchange) {
  /// A request that its requester repeats whole when it comes back.
  public PendingRecord(
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
    this(
        ticket,
        digest,
        endpoint,
        requester,
        profile,
        names,
        keySha256,
        keyType,
        createdAt,
        state,
        Optional.empty());
  }

  /// What belongs to a requester that only asks what became of its request.
  ///
  /// @param name see [dev.chancery.authority.Exchange#name()]
  public record Kept(String name, Der sealedRequest) {}

  public sealed interface State {
    record Waiting() implements State {}

    record Approved(Instant at, String by) implements State {}

    record Denied(Instant at, String by, String reason) implements State {}

    /// Approved, and the certificate has been issued since.
    record Done(String issuer, String serial) implements State {}
  }
}
