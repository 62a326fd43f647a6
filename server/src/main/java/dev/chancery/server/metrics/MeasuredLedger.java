package dev.chancery.server.metrics;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
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
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.RevokedCertificate;
import dev.chancery.authority.ledger.SharedKey;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A ledger that counts what it stores. Every decision passes here as an audit event, whatever the
/// protocol, so no protocol has to count. Thread-safe.
public final class MeasuredLedger implements Ledger {
  private static final String HOLDER = "certificate:";

  private final Ledger ledger;
  private final Metrics metrics;

  public MeasuredLedger(Ledger ledger, Metrics metrics) {
    this.ledger = ledger;
    this.metrics = metrics;
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    long start = System.nanoTime();
    try {
      CommitResult result = ledger.commit(transaction);
      metrics.ledgerCommitTook(Duration.ofNanos(System.nanoTime() - start));
      if (result instanceof CommitResult.Committed) {
        count(transaction.event());
        noteDelivery(transaction);
      }
      return result;
    } catch (LedgerUnavailableException e) {
      metrics.ledgerFailed();
      throw e;
    }
  }

  /// Whoever works on the request gets to know which certificates it is about.
  private static void noteDelivery(Transaction transaction) {
    if (!RequestNote.CURRENT.isBound()) {
      return;
    }
    RequestNote note = RequestNote.CURRENT.get();
    AuditEvent event = transaction.event();
    for (Change change : transaction.changes()) {
      if (change instanceof Change.StoreCertificate(CertificateRecord record)) {
        note.delivers(
            new Collected(record.issuer(), record.certificate().serialNumber().toString()));
      }
    }
    if (event.action() == AuditEvent.Action.CERTIFICATE_REDELIVERED) {
      note.delivers(
          new Collected(
              event.details().getOrDefault("issuer", ""),
              event.details().getOrDefault("serial", "")));
    }
    // Its holder is the actor: see Requester.CertificateHolder.
    if (event.actor().startsWith(HOLDER)) {
      int slash = event.actor().lastIndexOf('/');
      note.delivers(
          new Collected(
              event.actor().substring(HOLDER.length(), slash), event.actor().substring(slash + 1)));
    }
  }

  private void count(AuditEvent event) {
    String outcome =
        switch (event.action()) {
          case CERTIFICATE_ISSUED -> "issued";
          case CERTIFICATE_REDELIVERED -> "redelivered";
          case REQUEST_PENDING -> "pending";
          case REQUEST_REFUSED -> "refused";
          case REQUEST_RELAYED -> event.details().getOrDefault("outcome", "");
          case SERVER_STARTED,
              SERVER_STOPPED,
              CONFIGURATION_RELOADED,
              ISSUER_CREATED,
              CREDENTIAL_CREATED,
              CREDENTIAL_REVOKED,
              CERTIFICATE_REVOKED,
              GENERATION_PREPARED,
              GENERATION_ANNOUNCED,
              GENERATION_ACTIVATED,
              GENERATION_RETIRED,
              REQUEST_APPROVED,
              REQUEST_DENIED,
              LIST_PUBLISHED,
              NOTIFICATION_DELIVERED,
              NOTIFICATION_POSTPONED,
              NOTIFICATION_ABANDONED,
              CHECKPOINT_SIGNED,
              KEY_SHARED,
              UNKNOWN ->
              "";
        };
    if (outcome.isEmpty()) {
      return;
    }
    String endpoint = event.details().getOrDefault("endpoint", "none");
    int slash = endpoint.indexOf('/');
    String protocol = slash < 0 ? endpoint : endpoint.substring(0, slash);
    String code = event.details().getOrDefault("code", "");
    metrics.enrollment(protocol, endpoint, outcome, code);
    if (RequestNote.CURRENT.isBound()) {
      RequestNote.CURRENT.get().enrolled(outcome, code);
    }
  }

  @Override
  public Optional<CredentialRecord> credential(String id) {
    return ledger.credential(id);
  }

  @Override
  public List<CredentialRecord> credentials(int limit) {
    return ledger.credentials(limit);
  }

  @Override
  public Optional<CertificateRecord> certificate(String issuer, String serial) {
    return ledger.certificate(issuer, serial);
  }

  @Override
  public Optional<CertificateRecord> recordOf(String issuer, Certificate shown) {
    return ledger.recordOf(issuer, shown);
  }

  @Override
  public Optional<CertificateRecord> answerTo(String digest, Instant at) {
    return ledger.answerTo(digest, at);
  }

  @Override
  public boolean isReplaced(String issuer, String serial) {
    return ledger.isReplaced(issuer, serial);
  }

  @Override
  public KeyUse keyUse(String keySha256, String canonicalNames) {
    return ledger.keyUse(keySha256, canonicalNames);
  }

  @Override
  public int namesInUse(String canonicalNames, Optional<String> renewed, Instant at) {
    return ledger.namesInUse(canonicalNames, renewed, at);
  }

  @Override
  public List<CertificateRecord> certificatesNamed(
      String issuer, String canonicalNames, Instant at) {
    return ledger.certificatesNamed(issuer, canonicalNames, at);
  }

  @Override
  public List<CertificateRecord> certificates(CertificateQuery query) {
    return ledger.certificates(query);
  }

  @Override
  public void collected(List<Collected> certificates, Instant at) {
    ledger.collected(certificates, at);
  }

  @Override
  public boolean isCollected(String issuer, String serial) {
    return ledger.isCollected(issuer, serial);
  }

  @Override
  public long revokedCount(String issuer) {
    return ledger.revokedCount(issuer);
  }

  @Override
  public void revokedCertificates(String issuer, Instant at, Consumer<RevokedCertificate> each) {
    ledger.revokedCertificates(issuer, at, each);
  }

  @Override
  public Optional<PublishedList> listAfter(String issuer, long number) {
    return ledger.listAfter(issuer, number);
  }

  @Override
  public long certificateCount() {
    return ledger.certificateCount();
  }

  @Override
  public Optional<PendingRecord> pending(Ticket ticket) {
    return ledger.pending(ticket);
  }

  @Override
  public Optional<PendingRecord> pendingWithDigest(String digest) {
    return ledger.pendingWithDigest(digest);
  }

  @Override
  public Optional<PendingRecord> pendingInExchange(String name) {
    return ledger.pendingInExchange(name);
  }

  @Override
  public List<PendingRecord> pendingRequests(int limit) {
    return ledger.pendingRequests(limit);
  }

  @Override
  public int waitingRequests(String endpoint, Optional<String> requester) {
    return ledger.waitingRequests(endpoint, requester);
  }

  @Override
  public List<Notification> notificationsDue(Instant at, int limit) {
    return ledger.notificationsDue(at, limit);
  }

  @Override
  public String node() {
    return ledger.node();
  }

  @Override
  public List<String> nodes() {
    return ledger.nodes();
  }

  @Override
  public void auditEntries(String node, long fromSequence, Consumer<AuditEntry> each) {
    ledger.auditEntries(node, fromSequence, each);
  }

  @Override
  public Optional<AuditEntry> auditEntry(String node, long sequence) {
    return ledger.auditEntry(node, sequence);
  }

  @Override
  public List<AuditEntry> newestAuditEntries(String node, int limit) {
    return ledger.newestAuditEntries(node, limit);
  }

  @Override
  public List<Checkpoint> checkpoints() {
    return ledger.checkpoints();
  }

  @Override
  public List<Issuance> issuances(String node, long afterPosition, int limit) {
    return ledger.issuances(node, afterPosition, limit);
  }

  @Override
  public boolean takesLease(String work, Instant now, Duration length) {
    return ledger.takesLease(work, now, length);
  }

  @Override
  public String fact(String name, String value) {
    return ledger.fact(name, value);
  }

  @Override
  public Optional<String> fact(String name) {
    return ledger.fact(name);
  }

  @Override
  public List<SharedKey> sharedKeys(String name) {
    return ledger.sharedKeys(name);
  }

  @Override
  public List<Generation> generations() {
    return ledger.generations();
  }

  @Override
  public Optional<Instant> lastExpiry(String issuer) {
    return ledger.lastExpiry(issuer);
  }

  @Override
  public void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired) {
    ledger.maintain(now, ahead, keepExpired);
  }

  @Override
  public boolean isWritable() {
    return ledger.isWritable();
  }

  @Override
  public void close() {
    ledger.close();
  }
}
