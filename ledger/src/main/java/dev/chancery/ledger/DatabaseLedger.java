package dev.chancery.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Collected;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Issuance;
import dev.chancery.authority.ledger.KeyUse;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.RevokedCertificate;
import dev.chancery.authority.ledger.SharedKey;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A ledger in a database. Thread-safe; made for many virtual threads.
public abstract sealed class DatabaseLedger implements Ledger permits PostgresLedger, SqliteLedger {
  /// Between two pages no read is under way, so that a long walk keeps nothing from being cleaned
  /// up: SQLite's log, PostgreSQL's old rows.
  private static final int AUDIT_PAGE = 1_000;

  private static final int REVOCATION_PAGE = 10_000;

  private final Database database;
  private final Reads reads;
  private final CommitQueue writers;

  DatabaseLedger(Database database, Reads reads, CommitQueue writers) {
    this.database = database;
    this.reads = reads;
    this.writers = writers;
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return writers.commit(transaction);
  }

  @Override
  public Optional<CredentialRecord> credential(String id) {
    return reads.read(session -> CredentialTable.find(session, id));
  }

  @Override
  public List<CredentialRecord> credentials(int limit) {
    return reads.read(session -> CredentialTable.newest(session, limit));
  }

  @Override
  public Optional<CertificateRecord> certificate(String issuer, String serial) {
    return reads.read(session -> CertificateTable.find(session, issuer, serial));
  }

  @Override
  public Optional<CertificateRecord> recordOf(String issuer, Certificate shown) {
    return reads
        .read(session ->
            CertificateTable.find(
                session, issuer, shown.serialNumber().toString(), shown.notAfter().toEpochMilli()))
        .filter(found -> found.certificate().equals(shown));
  }

  @Override
  public Optional<CertificateRecord> answerTo(String digest, Instant at) {
    return reads.read(session -> AnswerTable.find(session, digest, at));
  }

  @Override
  public boolean isReplaced(String issuer, String serial) {
    return reads.read(session -> CertificateTable.isReplaced(session, issuer, serial));
  }

  @Override
  public KeyUse keyUse(String keySha256, String canonicalNames) {
    return reads.read(session -> KeyTable.useOf(session, keySha256, canonicalNames));
  }

  @Override
  public int namesInUse(String canonicalNames, Optional<String> renewed, Instant at) {
    return reads.read(session -> NameLimit.inUse(session, canonicalNames, renewed, at));
  }

  @Override
  public List<CertificateRecord> certificatesNamed(
      String issuer, String canonicalNames, Instant at) {
    return reads.read(session -> CertificateTable.named(session, issuer, canonicalNames, at));
  }

  @Override
  public List<CertificateRecord> certificates(CertificateQuery query) {
    return reads.read(session -> CertificateSearch.run(session, query));
  }

  @Override
  public void collected(List<Collected> certificates, Instant at) {
    writers.carryOut(CollectionTable.add(certificates, at));
  }

  @Override
  public boolean isCollected(String issuer, String serial) {
    return reads.read(session -> CollectionTable.contains(session, issuer, serial));
  }

  @Override
  public long revokedCount(String issuer) {
    return reads.read(session -> RevocationTable.count(session, issuer));
  }

  @Override
  public void revokedCertificates(String issuer, Instant at, Consumer<RevokedCertificate> each) {
    String last = "";
    while (true) {
      String after = last;
      List<RevocationTable.Row> page =
          reads.read(session -> RevocationTable.page(session, issuer, after, at, REVOCATION_PAGE));
      if (page.isEmpty()) {
        return;
      }
      page.forEach(row -> each.accept(row.certificate()));
      last = page.getLast().serial();
    }
  }

  @Override
  public Optional<PublishedList> listAfter(String issuer, long number) {
    return reads.read(session -> RevocationTable.after(session, issuer, number));
  }

  @Override
  public long certificateCount() {
    return reads.read(CertificateTable::count);
  }

  @Override
  public Optional<PendingRecord> pending(Ticket ticket) {
    return reads.read(session -> PendingTable.find(session, ticket));
  }

  @Override
  public Optional<PendingRecord> pendingWithDigest(String digest) {
    return reads.read(session -> PendingTable.withDigest(session, digest));
  }

  @Override
  public Optional<PendingRecord> pendingInExchange(String name) {
    return reads.read(session -> PendingTable.inExchange(session, name));
  }

  @Override
  public List<PendingRecord> pendingRequests(int limit) {
    return reads.read(session -> PendingTable.newest(session, limit));
  }

  @Override
  public int waitingRequests(String endpoint, Optional<String> requester) {
    return reads.read(session -> PendingTable.waiting(session, endpoint, requester));
  }

  @Override
  public List<Notification> notificationsDue(Instant at, int limit) {
    return reads.read(session -> NotificationTable.due(session, at, limit));
  }

  @Override
  public String node() {
    return database.node();
  }

  @Override
  public List<String> nodes() {
    return reads.read(NodeTables::names);
  }

  @Override
  public void auditEntries(String node, long fromSequence, Consumer<AuditEntry> each) {
    long end = reads.read(session -> AuditTable.lastSequence(session, node));
    for (long next = fromSequence; next <= end; ) {
      long from = next;
      List<AuditTable.Stored> page =
          reads.read(session -> AuditTable.between(session, node, from, end, AUDIT_PAGE));
      if (page.isEmpty()) {
        return;
      }
      page.forEach(stored -> each.accept(stored.entry()));
      next = page.getLast().sequence() + 1;
    }
  }

  @Override
  public Optional<AuditEntry> auditEntry(String node, long sequence) {
    return reads.read(session -> AuditTable.entry(session, node, sequence));
  }

  @Override
  public List<AuditEntry> newestAuditEntries(String node, int limit) {
    return reads.read(session -> AuditTable.newest(session, node, limit));
  }

  @Override
  public List<Checkpoint> checkpoints() {
    return reads.read(AuditTable::checkpoints);
  }

  @Override
  public List<Issuance> issuances(String node, long afterPosition, int limit) {
    return reads.read(session -> CertificateTable.issuances(session, node, afterPosition, limit));
  }

  @Override
  public boolean takesLease(String work, Instant now, Duration length) {
    writers.carryOut(NodeTables.lease(work, node(), now, length));
    return reads.read(session -> NodeTables.holds(session, work, node(), now));
  }

  @Override
  public String fact(String name, String value) {
    Optional<String> known = fact(name);
    if (known.isPresent()) {
      return known.get();
    }
    writers.carryOut(NodeTables.state(name, value));
    return fact(name).orElseThrow();
  }

  @Override
  public Optional<String> fact(String name) {
    return reads.read(session -> NodeTables.fact(session, name));
  }

  @Override
  public List<SharedKey> sharedKeys(String name) {
    return reads.read(session -> NodeTables.sharedKeys(session, name));
  }

  @Override
  public List<Generation> generations() {
    return reads.read(GenerationTable::all);
  }

  @Override
  public Optional<Instant> lastExpiry(String issuer) {
    return reads.read(session -> GenerationTable.lastExpiry(session, issuer));
  }

  @Override
  public void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired) {
    try {
      database.maintain(now, ahead, keepExpired);
      writers.wake();
    } catch (SQLException e) {
      throw new LedgerUnavailableException("the ledger's tables could not be maintained", e);
    }
  }

  @Override
  public boolean isWritable() {
    return writers.isWritable();
  }

  @Override
  public void close() {
    writers.close();
    reads.close();
    database.close();
  }
}
