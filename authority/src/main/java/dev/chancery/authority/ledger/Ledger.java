package dev.chancery.authority.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.notification.Notification;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The durable record: certificates, credentials, pending requests and the audit chain.
///
/// For callers: every method may block on I/O and may throw [LedgerUnavailableException]; all are
/// thread-safe. What a returned [CommitResult.Committed] says survives SIGKILL and power loss.
/// Reads see every transaction whose commit has returned.
///
/// For implementations: transactions are applied one after the other in some order, each whole or
/// not at all; each appends exactly one [AuditEntry] to the chain when it commits and none when it
/// conflicts; many may share one write to disk. One suite of tests (`LedgerContract`) holds for all
/// implementations.
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

  /// The certificate that the request with `digest` was answered with, if its answer is remembered
  /// at `at`.
  Optional<CertificateRecord> answerTo(String digest, Instant at);

  /// True if a certificate with `serial` of `issuer` has been renewed, that is, another one says it
  /// replaces it.
  boolean isReplaced(String issuer, String serial);

  /// True if some certificate has been issued for that key (hex SHA-256 of its subject public key
  /// info).
  boolean keyWasCertified(String keySha256);

  /// Those of `issuer` whose names equal `canonicalNames`
  /// ([dev.chancery.pki.name.SubjectNames#canonical()]) and that are not revoked and expire after
  /// `at`; newest first, at most 10.
  List<CertificateRecord> certificatesNamed(String issuer, String canonicalNames, Instant at);

  List<CertificateRecord> certificates(CertificateQuery query);

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

  /// Notifications that are due at `at`, the longest due first.
  List<Notification> notificationsDue(Instant at, int limit);

  /// Hands every audit entry from `fromSequence` on that is there at the call to `each`, in order,
  /// without holding them all in memory.
  ///
  /// @throws UnreadableAuditEntryException at an entry that was changed so much that it is none
  void auditEntries(long fromSequence, Consumer<AuditEntry> each);

  /// The newest `limit` entries, newest first.
  List<AuditEntry> newestAuditEntries(int limit);

  /// The chain's last link, if it has any.
  Optional<AuditEntry> lastAuditEntry();

  /// In order.
  List<Checkpoint> checkpoints();

  /// What the stored certificates themselves say about the place of their issuance in the audit, in
  /// the order in which they were stored: at most `limit` of those stored after `afterPosition`. It
  /// shows links that are missing at the chain's end.
  List<Issuance> issuances(long afterPosition, int limit);

  /// True if a transaction would probably go through now: what `/readyz` tells. Does not throw.
  boolean isWritable();

  /// Finishes what is under way and releases the database.
  @Override
  void close();
}
