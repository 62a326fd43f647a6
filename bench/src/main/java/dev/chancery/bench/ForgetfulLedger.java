package dev.chancery.bench;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Collected;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Issuance;
import dev.chancery.authority.ledger.KeyUse;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.RevokedCertificate;
import dev.chancery.authority.ledger.SharedKey;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Says yes to everything and keeps nothing but credentials: what the issue path costs without a
/// database. For the micro-benchmark only. Thread-safe.
final class ForgetfulLedger implements Ledger {
  private final Map<String, CredentialRecord> credentials = new ConcurrentHashMap<>();
  private final AtomicLong sequence = new AtomicLong();

  @Override
  public CommitResult commit(Transaction transaction) {
    for (Change change : transaction.changes()) {
      if (change instanceof Change.AddCredential(CredentialRecord record)) {
        credentials.put(record.id(), record);
      }
    }
    return new CommitResult.Committed(sequence.incrementAndGet());
  }

  @Override
  public Optional<CredentialRecord> credential(String id) {
    return Optional.ofNullable(credentials.get(id));
  }

  @Override
  public List<CredentialRecord> credentials(int limit) {
    return credentials.values().stream().limit(limit).toList();
  }

  @Override
  public Optional<CertificateRecord> certificate(String issuer, String serial) {
    return Optional.empty();
  }

  @Override
  public Optional<CertificateRecord> answerTo(String digest, Instant at) {
    return Optional.empty();
  }

  @Override
  public boolean isReplaced(String issuer, String serial) {
    return false;
  }

  @Override
  public KeyUse keyUse(String keySha256, String canonicalNames) {
    return KeyUse.NEVER_CERTIFIED;
  }

  @Override
  public int namesInUse(String canonicalNames, Optional<String> renewed, Instant at) {
    return 0;
  }

  @Override
  public List<CertificateRecord> certificatesNamed(
      String issuer, String canonicalNames, Instant at) {
    return List.of();
  }

  @Override
  public List<CertificateRecord> certificates(CertificateQuery query) {
    return List.of();
  }

  @Override
  public void collected(List<Collected> certificates, Instant at) {}

  @Override
  public boolean isCollected(String issuer, String serial) {
    return true;
  }

  @Override
  public long revokedCount(String issuer) {
    return 0;
  }

  @Override
  public void revokedCertificates(String issuer, Instant at, Consumer<RevokedCertificate> each) {}

  @Override
  public Optional<PublishedList> listAfter(String issuer, long number) {
    return Optional.empty();
  }

  @Override
  public long certificateCount() {
    return 0;
  }

  @Override
  public Optional<PendingRecord> pending(Ticket ticket) {
    return Optional.empty();
  }

  @Override
  public Optional<PendingRecord> pendingWithDigest(String digest) {
    return Optional.empty();
  }

  @Override
  public Optional<PendingRecord> pendingInExchange(String name) {
    return Optional.empty();
  }

  @Override
  public List<PendingRecord> pendingRequests(int limit) {
    return List.of();
  }

  @Override
  public int waitingRequests(String endpoint, Optional<String> requester) {
    return 0;
  }

  @Override
  public List<Notification> notificationsDue(Instant at, int limit) {
    return List.of();
  }

  @Override
  public String node() {
    return "";
  }

  @Override
  public List<String> nodes() {
    return List.of("");
  }

  @Override
  public void auditEntries(String node, long fromSequence, Consumer<AuditEntry> each) {}

  @Override
  public Optional<AuditEntry> auditEntry(String node, long at) {
    return Optional.empty();
  }

  @Override
  public List<AuditEntry> newestAuditEntries(String node, int limit) {
    return List.of();
  }

  @Override
  public List<Checkpoint> checkpoints() {
    return List.of();
  }

  @Override
  public List<Issuance> issuances(String node, long afterPosition, int limit) {
    return List.of();
  }

  @Override
  public boolean takesLease(String work, Instant now, Duration length) {
    return true;
  }

  @Override
  public String fact(String name, String value) {
    return value;
  }

  @Override
  public Optional<String> fact(String name) {
    return Optional.empty();
  }

  @Override
  public List<SharedKey> sharedKeys(String name) {
    return List.of();
  }

  @Override
  public List<Generation> generations() {
    return List.of();
  }

  @Override
  public Optional<Instant> lastExpiry(String issuer) {
    return Optional.empty();
  }

  @Override
  public void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired) {}

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public void close() {}
}
