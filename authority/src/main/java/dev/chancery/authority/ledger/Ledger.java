package dev.chancery.authority.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The durable record: certificates, credentials, pending requests and the audit. Several nodes may
/// work on one; then each has an audit chain of its own.
///
/// Where a method takes an `issuer`, that is the [Generation#id()] of one generation, if nothing
/// else is said.
///
/// For callers: every method may block on I/O and may throw [LedgerUnavailableException]; all are
/// thread-safe. What a returned [CommitResult.Committed] says survives SIGKILL and power loss.
/// Reads see every transaction whose commit has returned.
///
/// For implementations: transactions are applied one after the other in some order, each whole or
/// not at all; each appends exactly one [AuditEntry] to its node's chain when it commits and none
/// when it conflicts; many may share one write to disk. One suite of tests (`LedgerContract`) holds
/// for all implementations.
public interface Ledger extends AutoCloseable {
  /// Carries out a transaction and returns when it is durable.
  CommitResult commit(Transaction transaction);

  Optional<CredentialRecord> credential(String id);

  /// Newest first.
  List<CredentialRecord> credentials(int limit);

  /// The certificate with that serial number.
  ///
  /// @param serial hex, see [dev.chancery.pki.certificate.SerialNumber#toString()]
  Optional<CertificateRecord> certificate(String issuer, String serial);

  /// What is recorded of a certificate that somebody shows, if its issuer has made exactly that
  /// one. With it in hand it may be found sooner than by its serial number.
  default Optional<CertificateRecord> recordOf(String issuer, Certificate shown) {
    return certificate(issuer, shown.serialNumber().toString())
        .filter(found -> found.certificate().equals(shown));
  }

  /// The certificate that the request with `digest` was answered with, if its answer is remembered
  /// at `at`.
  Optional<CertificateRecord> answerTo(String digest, Instant at);

  /// True if a certificate with `serial` of `issuer` has been renewed, that is, another one of that
  /// issuer, of whichever generation, says it replaces it.
  boolean isReplaced(String issuer, String serial);

  /// What a key has been certified for, as [Change.ClaimKey] has recorded it.
  ///
  /// @param keySha256 hex SHA-256 of its subject public key info
  /// @param canonicalNames those for which it is to be certified
  KeyUse keyUse(String keySha256, String canonicalNames);

  /// How many certificates for these names count, as [Change.LimitNames] counts them.
  int namesInUse(String canonicalNames, Optional<String> renewed, Instant at);

  /// Those of `issuer`, of whichever generation, whose names equal `canonicalNames`
  /// ([dev.chancery.pki.name.SubjectNames#canonical()]) and that are not revoked and expire after
  /// `at`; newest first, at most 10.
  List<CertificateRecord> certificatesNamed(String issuer, String canonicalNames, Instant at);

  List<CertificateRecord> certificates(CertificateQuery query);

  /// Remembers that somebody has these certificates. Stored together, without an audit entry; those
  /// that are unknown, or were remembered before, are passed over.
  void collected(List<Collected> certificates, Instant at);

  /// True if somebody is known to have the certificate: [#collected] says so, or it has been
  /// renewed. Of certificates that were stored by a version which did not keep this, it is true.
  boolean isCollected(String issuer, String serial);

  /// How many certificates of `issuer` have been revoked, expired ones too.
  long revokedCount(String issuer);

  /// Hands the revoked certificates of `issuer` that expire after `at` to `each`, without holding
  /// them all in memory. Those that are revoked meanwhile may be among them.
  void revokedCertificates(String issuer, Instant at, Consumer<RevokedCertificate> each);

  /// The CRL that `issuer` published last, if its number is greater than `number`: whoever has that
  /// one need not read it again.
  Optional<PublishedList> listAfter(String issuer, long number);

  /// How many certificates there are in all.
  long certificateCount();

  Optional<PendingRecord> pending(Ticket ticket);

  /// The newest pending request with that digest, in whatever state.
  Optional<PendingRecord> pendingWithDigest(String digest);

  /// The newest pending request in that dialogue, in whatever state.
  ///
  /// @param name see [dev.chancery.authority.Exchange#name()]
  Optional<PendingRecord> pendingInExchange(String name);

  /// Newest first.
  List<PendingRecord> pendingRequests(int limit);

  /// How many requests wait for a decision at an endpoint, of all requesters or of one.
  int waitingRequests(String endpoint, Optional<String> requester);

  /// Notifications that are due at `at`, the longest due first.
  List<Notification> notificationsDue(Instant at, int limit);

  /// The name of the chain to which this ledger's transactions append: that of the node, or empty
  /// if the ledger belongs to one server.
  String node();

  /// The names of all chains, sorted; [#node()] is among them.
  List<String> nodes();

  /// Hands every entry of a node's chain from `fromSequence` on that is there at the call to
  /// `each`, in order, without holding them all in memory.
  ///
  /// @throws UnreadableAuditEntryException at an entry that was changed so much that it is none
  void auditEntries(String node, long fromSequence, Consumer<AuditEntry> each);

  /// The same for this node's chain.
  default void auditEntries(long fromSequence, Consumer<AuditEntry> each) {
    auditEntries(node(), fromSequence, each);
  }

  /// One entry of a node's chain, if it is there.
  ///
  /// @throws UnreadableAuditEntryException if it was changed so much that it is none
  Optional<AuditEntry> auditEntry(String node, long sequence);

  /// The newest `limit` entries of a node's chain, newest first.
  List<AuditEntry> newestAuditEntries(String node, int limit);

  /// The same for this node's chain.
  default List<AuditEntry> newestAuditEntries(int limit) {
    return newestAuditEntries(node(), limit);
  }

  /// The last link of a node's chain, if it has any.
  default Optional<AuditEntry> lastAuditEntry(String node) {
    return newestAuditEntries(node, 1).stream().findFirst();
  }

  /// The last link of this node's chain, if it has any.
  default Optional<AuditEntry> lastAuditEntry() {
    return lastAuditEntry(node());
  }

  /// Of all chains; those of one chain in order.
  List<Checkpoint> checkpoints();

  /// What the stored certificates themselves say about the place of their issuance in a node's
  /// chain, in the order in which they were stored: at most `limit` of those stored after
  /// `afterPosition`. It shows links that are missing at the chain's end.
  List<Issuance> issuances(String node, long afterPosition, int limit);

  /// The same for this node's chain.
  default List<Issuance> issuances(long afterPosition, int limit) {
    return issuances(node(), afterPosition, limit);
  }

  /// Takes, or keeps, the lease of some work for this node, if no other has it at `now`. Work under
  /// a lease must bear being done twice: clocks of nodes differ, and a node may be paused.
  ///
  /// @param work what may be done by one node at a time
  /// @param length how long it is this node's
  boolean takesLease(String work, Instant now, Duration length);

  /// What all nodes know under `name`: `value` if nothing was known before. Stored at once, without
  /// an audit entry; never changes again.
  String fact(String name, String value);

  /// What all nodes know under `name`.
  Optional<String> fact(String name);

  /// Keys that all nodes use, as [Change.AddSharedKey] has stored them, the newest first.
  List<SharedKey> sharedKeys(String name);

  /// The generations of all issuers, as [Change.AddGeneration] and [Change.MoveGeneration] have
  /// left them.
  List<Generation> generations();

  /// When the last of the certificates ends that `issuer` has issued, expired ones too; empty if
  /// there is none. May read many rows.
  Optional<Instant> lastExpiry(String issuer);

  /// What the database needs from time to time: room for certificates that will expire within
  /// `ahead`, and less of what is over: answers that are no longer remembered, and, if
  /// `keepExpired` says so, certificates that expired longer ago. Does little when it was done a
  /// moment ago.
  void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired);

  /// True if a transaction would probably go through now: what `/readyz` tells. Does not throw.
  boolean isWritable();

  /// Finishes what is under way and releases the database.
  @Override
  void close();
}
