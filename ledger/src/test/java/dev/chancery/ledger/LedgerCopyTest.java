package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.ledger.AuditVerification.Result;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A ledger moves from SQLite to PostgreSQL and goes on there.
final class LedgerCopyTest {
  private static final KeyPair AUDIT_KEY = KeyPairs.generate(KeyType.P_256);

  @TempDir private Path folder;
  private String url = "";
  private final List<CertificateRecord> certificates = new ArrayList<>();
  private PendingRecord pending;
  private CheckpointFile checkpoints;

  private Path file() {
    return folder.resolve("ledger.db");
  }

  @BeforeEach
  void fillTheSource() {
    url = Postgres.freshDatabase();
    checkpoints = new CheckpointFile(folder.resolve("audit-checkpoints.log"));
    pending = Samples.pending("pending-digest");
    try (Ledger source = SqliteLedger.open(file())) {
      for (int i = 0; i < 30; i++) {
        CertificateRecord record = Samples.deviceCertificate("device-" + i);
        certificates.add(record);
        source.commit(Samples.adding(Samples.credential("credential-" + i, 2)));
        source.commit(Samples.enrollment("credential-" + i, "digest-" + i, record));
      }
      source.commit(Transaction.of(Samples.refusal(), new Change.AddPending(pending)));
      assertThat(
              new AuditCheckpoints(
                      source,
                      checkpoints,
                      message ->
                          SignatureAlgorithm.ECDSA_WITH_SHA256.sign(
                              AUDIT_KEY.getPrivate(), message))
                  .sign(Samples.NOW))
          .isPresent();
      assertThat(source.fact("secrets-key", "sealed")).isEqualTo("sealed");
    }
  }

  private List<LedgerCopy.Copied> copy() {
    return LedgerCopy.run(file(), Postgres.settings(url, "copy"), (_, _) -> {});
  }

  @Test
  void everythingIsThereAndTheLedgerGoesOn() {
    List<Long> progress = new ArrayList<>();
    List<LedgerCopy.Copied> copied =
        LedgerCopy.run(
            file(),
            Postgres.settings(url, "copy"),
            (done, total) -> progress.add(100 * done / total));

    assertThat(copied)
        .filteredOn(one -> one.rows() > 0)
        .extracting(one -> one.table() + " " + one.rows())
        .containsExactlyInAnyOrder(
            "answers 30",
            "audit 62",
            "audit_checkpoints 1",
            "certificates 30",
            "credentials 30",
            "facts 1",
            "nodes 1",
            "pending 1");
    assertThat(progress).endsWith(100L);
    try (Ledger target = Postgres.ledger(url, "one")) {
      assertThat(target.certificates(CertificateQuery.newest(100)))
          .isEqualTo(certificates.reversed());
      assertThat(target.answerTo("digest-7", Samples.NOW)).contains(certificates.get(7));
      assertThat(target.credential("credential-3").orElseThrow().usesLeft()).isEqualTo(1);
      assertThat(target.pending(pending.ticket())).contains(pending);
      assertThat(target.fact("secrets-key")).contains("sealed");
      assertThat(target.commit(Samples.storing(certificates.getFirst())))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
      CertificateRecord next = Samples.deviceCertificate("next");
      assertThat(target.commit(Samples.enrollment("credential-3", "next", next)))
          .isEqualTo(new CommitResult.Committed(1));
      assertThat(target.commit(Samples.adding(Samples.credential("next", 1))))
          .isEqualTo(new CommitResult.Committed(2));
      assertThat(target.certificates(CertificateQuery.newest(1))).containsExactly(next);
      assertThat(target.credentials(1)).extracting(it -> it.id()).containsExactly("next");
      assertThat(verify(target))
          .isInstanceOfSatisfying(
              Result.Intact.class, intact -> assertThat(intact.entries()).isEqualTo(64));
    }
  }

  @Test
  void serialNumbersOfDroppedCertificatesStayTakenThere() {
    try (SqliteLedger source = SqliteLedger.open(file())) {
      source.maintain(
          Samples.NOW.plus(Duration.ofDays(91)), Duration.ZERO, Optional.of(Duration.ZERO));
      for (long end = System.nanoTime() + 60_000_000_000L; source.certificateCount() > 1; ) {
        assertThat(System.nanoTime()).as("dropped in time").isLessThan(end);
        LockSupport.parkNanos(1_000_000);
      }
    }

    List<LedgerCopy.Copied> copied = copy();

    assertThat(copied)
        .filteredOn(one -> one.table().equals("serials"))
        .extracting(LedgerCopy.Copied::rows)
        .containsExactly(29L);
    try (Ledger target = Postgres.ledger(url, "one")) {
      assertThat(target.certificateCount()).isEqualTo(1);
      assertThat(target.commit(Samples.storing(certificates.getFirst())))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
      assertThat(target.commit(Samples.storing(certificates.getLast())))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
    }
  }

  @Test
  void theChainFromBeforeIsWatchedByTheNodesAfter() {
    copy();
    try (Ledger target = Postgres.ledger(url, "one")) {
      target.commit(Transaction.of(Samples.refusal()));
      assertThat(
              new AuditCheckpoints(
                      target,
                      checkpoints,
                      message ->
                          SignatureAlgorithm.ECDSA_WITH_SHA256.sign(
                              AUDIT_KEY.getPrivate(), message))
                  .sign(Samples.NOW))
          .isPresent();
      Postgres.execute(url, "DELETE FROM audit WHERE node = '' AND sequence = 62");

      assertThat(verify(target))
          .isInstanceOfSatisfying(
              Result.Broken.class,
              broken -> assertThat(broken.what()).contains("the server before there were nodes"));
    }
  }

  private Result verify(Ledger ledger) {
    return new AuditVerification(
            ledger,
            SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()),
            SignatureAlgorithm.ECDSA_WITH_SHA256,
            checkpoints.read())
        .run((_, _) -> {});
  }

  @Test
  void aTargetThatIsNotEmptyIsLeftAlone() {
    copy();
    try (Ledger target = Postgres.ledger(url, "one")) {
      long before = target.certificateCount();

      assertThatThrownBy(this::copy)
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("not empty");

      assertThat(target.certificateCount()).isEqualTo(before);
    }
  }

  /// NUL has no place in PostgreSQL's texts; the copy says so and leaves nothing behind.
  @Test
  void whatTheTargetCannotHoldStopsTheCopyWhole() throws Exception {
    try (var connection = java.sql.DriverManager.getConnection("jdbc:sqlite:" + file());
        var statement = connection.createStatement()) {
      statement.execute("UPDATE pending SET requester = 'a' || char(0) || 'b'");
    }

    assertThatThrownBy(this::copy).isInstanceOf(LedgerUnavailableException.class);

    try (Ledger target = Postgres.ledger(url, "one")) {
      assertThat(target.certificateCount()).isZero();
      assertThat(target.lastAuditEntry("")).isEmpty();
      assertThat(target.nodes()).contains("");
    }
  }

  @Test
  void tablesSayWhatIsToBeMigrated() {
    assertThat(LedgerTables.stateOf(file()).pending()).isEmpty();
    assertThat(LedgerTables.stateOf(Postgres.settings(url, "one")).pending())
        .first()
        .isEqualTo("V1 ledger");

    LedgerTables.migrate(Postgres.settings(url, "one"));

    LedgerTables.State state = LedgerTables.stateOf(Postgres.settings(url, "one"));
    assertThat(state.pending()).isEmpty();
    assertThat(state.findsPartsOfNames()).isTrue();
  }

  @Test
  void entriesOfTheTargetFollowTheirOwnChain() {
    copy();
    try (Ledger target = Postgres.ledger(url, "one")) {
      target.commit(Transaction.of(Samples.refusal()));

      assertThat(target.lastAuditEntry().orElseThrow().previousHash())
          .isEqualTo(AuditEntry.GENESIS);
      assertThat(target.lastAuditEntry("").orElseThrow().sequence()).isEqualTo(62);
    }
  }
}
