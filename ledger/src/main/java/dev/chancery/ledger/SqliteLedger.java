package dev.chancery.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Issuance;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.flywaydb.core.api.FlywayException;

/// The ledger in one SQLite file. Thread-safe; made for many virtual threads.
public final class SqliteLedger implements Ledger {
  /// Between two pages no read is under way, so that a long walk never keeps SQLite's log from
  /// being emptied.
  private static final int AUDIT_PAGE = 1_000;

  private final SqliteFile file;
  private final ReadSessions readers;
  private final GroupCommit writer;

  private SqliteLedger(SqliteFile file, ReadSessions readers, GroupCommit writer) {
    this.file = file;
    this.readers = readers;
    this.writer = writer;
  }

  /// Opens the ledger in `file`, making it if there is none, and brings its tables up to date.
  ///
  /// @throws LedgerUnavailableException if that does not work, or another process has it open
  public static SqliteLedger open(Path file) {
    return open(file, SqliteSettings.defaults());
  }

  /// Opens the ledger in `file`, making it if there is none, and brings its tables up to date.
  ///
  /// @throws LedgerUnavailableException if that does not work, or another process has it open
  public static SqliteLedger open(Path file, SqliteSettings settings) {
    SqliteFile held = SqliteFile.open(file, settings.mostPages());
    boolean opened = false;
    try {
      Schema.migrate(held);
      ReadSessions readers = new ReadSessions(held, settings.readers(), settings.deadline());
      GroupCommit writer = GroupCommit.start(held, settings, readers::renew);
      opened = true;
      return new SqliteLedger(held, readers, writer);
    } catch (SQLException | FlywayException e) {
      throw new LedgerUnavailableException("the ledger cannot be opened: " + file, e);
    } finally {
      if (!opened) {
        held.close();
      }
    }
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return writer.commit(transaction);
  }

  @Override
  public Optional<CredentialRecord> credential(String id) {
    return readers.read(session -> CredentialTable.find(session, id));
  }

  @Override
  public List<CredentialRecord> credentials(int limit) {
    return readers.read(session -> CredentialTable.newest(session, limit));
  }

  @Override
  public Optional<CertificateRecord> certificate(String issuer, String serial) {
    return readers.read(session -> CertificateTable.find(session, issuer, serial));
  }

  @Override
  public Optional<CertificateRecord> answerTo(String digest, Instant at) {
    return readers.read(session -> AnswerTable.find(session, digest, at));
  }

  @Override
  public boolean isReplaced(String issuer, String serial) {
    return readers.read(session -> CertificateTable.isReplaced(session, issuer, serial));
  }

  @Override
  public boolean keyWasCertified(String keySha256) {
    return readers.read(session -> CertificateTable.keyWasCertified(session, keySha256));
  }

  @Override
  public List<CertificateRecord> certificatesNamed(
      String issuer, String canonicalNames, Instant at) {
    return readers.read(session -> CertificateTable.named(session, issuer, canonicalNames, at));
  }

  @Override
  public List<CertificateRecord> certificates(CertificateQuery query) {
    return readers.read(session -> CertificateSearch.run(session, query));
  }

  @Override
  public long certificateCount() {
    return readers.read(CertificateTable::count);
  }

  @Override
  public Optional<PendingRecord> pending(Ticket ticket) {
    return readers.read(session -> PendingTable.find(session, ticket));
  }

  @Override
  public Optional<PendingRecord> pendingWithDigest(String digest) {
    return readers.read(session -> PendingTable.withDigest(session, digest));
  }

  @Override
  public Optional<PendingRecord> pendingInExchange(String name) {
    return readers.read(session -> PendingTable.inExchange(session, name));
  }

  @Override
  public List<PendingRecord> pendingRequests(int limit) {
    return readers.read(session -> PendingTable.newest(session, limit));
  }

  @Override
  public List<Notification> notificationsDue(Instant at, int limit) {
    return readers.read(session -> NotificationTable.due(session, at, limit));
  }

  @Override
  public void auditEntries(long fromSequence, Consumer<AuditEntry> each) {
    long end = readers.read(AuditTable::lastSequence);
    for (long next = fromSequence; next <= end; ) {
      long from = next;
      List<AuditTable.Stored> page =
          readers.read(session -> AuditTable.between(session, from, end, AUDIT_PAGE));
      if (page.isEmpty()) {
        return;
      }
      page.forEach(stored -> each.accept(stored.entry()));
      next = page.getLast().sequence() + 1;
    }
  }

  @Override
  public List<AuditEntry> newestAuditEntries(int limit) {
    return readers.read(session -> AuditTable.newest(session, limit));
  }

  @Override
  public Optional<AuditEntry> lastAuditEntry() {
    return readers.read(AuditTable::last);
  }

  @Override
  public List<Checkpoint> checkpoints() {
    return readers.read(AuditTable::checkpoints);
  }

  @Override
  public List<Issuance> issuances(long afterPosition, int limit) {
    return readers.read(session -> CertificateTable.issuances(session, afterPosition, limit));
  }

  @Override
  public boolean isWritable() {
    return file.hasRoom() && writer.isWritable();
  }

  @Override
  public void close() {
    writer.close();
    readers.close();
    file.close();
  }
}
