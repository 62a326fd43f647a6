package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.ledger.AuditVerification.Result;
import dev.chancery.pki.Der;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Somebody with full access to the database changes the audit; the verification names the place.
final class AuditVerificationTest {
  private static final SignatureAlgorithm ALGORITHM = SignatureAlgorithm.ECDSA_WITH_SHA256;
  private static final KeyPair AUDIT_KEY = KeyPairs.generate(KeyType.P_256);

  @TempDir private Path folder;
  private SqliteLedger ledger;
  private CheckpointFile checkpointFile;
  private AuditCheckpoints checkpoints;

  /// Entries 1 to 10, of which 2 and 4 store certificates, and a checkpoint over 10 in entry 11;
  /// then 12 to 14, of which 13 stores a certificate.
  @BeforeEach
  void fillTheLedger() {
    ledger = SqliteLedger.open(folder.resolve("ledger.db"));
    checkpointFile = new CheckpointFile(folder.resolve("audit-checkpoints.log"));
    checkpoints =
        new AuditCheckpoints(
            ledger, checkpointFile, message -> ALGORITHM.sign(AUDIT_KEY.getPrivate(), message));
    for (int i = 1; i <= 14; i++) {
      if (i == 11) {
        assertThat(checkpoints.sign(Samples.NOW)).isPresent();
      } else if (i == 2 || i == 4 || i == 13) {
        ledger.commit(Samples.storing(Samples.deviceCertificate("device-" + i)));
      } else {
        ledger.commit(
            Transaction.of(
                Samples.event(
                    AuditEvent.Action.REQUEST_REFUSED, Map.of("number", Integer.toString(i)))));
      }
    }
  }

  @AfterEach
  void closeTheLedger() {
    ledger.close();
  }

  private Result verify() {
    return verify(List.of());
  }

  private Result verify(List<Checkpoint> copies) {
    return new AuditVerification(
            ledger, SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()), ALGORITHM, copies)
        .run((_, _) -> {});
  }

  private void assertBrokenAt(long sequence, Result result) {
    assertThat(result)
        .isInstanceOfSatisfying(
            Result.Broken.class, broken -> assertThat(broken.sequence()).isEqualTo(sequence));
  }

  private void tamper(String... statements) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Test
  void anUntouchedAuditIsIntact() {
    List<Long> progress = new ArrayList<>();
    Result result =
        new AuditVerification(
                ledger,
                SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()),
                ALGORITHM,
                checkpointFile.read())
            .run((done, total) -> progress.add(100 * done / total));

    assertThat(result)
        .isEqualTo(new Result.Intact(14, 1, Optional.of(ledger.checkpoints().getFirst())));
    assertThat(progress).endsWith(100L);
  }

  @Test
  void anEmptyAuditIsIntact() {
    try (SqliteLedger empty = SqliteLedger.open(folder.resolve("empty.db"))) {
      assertThat(
              new AuditVerification(
                      empty, SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()), ALGORITHM, List.of())
                  .run((_, _) -> {}))
          .isEqualTo(new Result.Intact(0, 0, Optional.empty()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "details = 'number=8' || char(10)",
        "at = at + 1",
        "actor = 'operator'",
        "request_id = 'request-2'",
        "action = 'certificate-issued'",
        "action = 'made-up'",
        "details = 'nonsense'",
        "hash = zeroblob(32)",
        "hash = x'00'",
        "previous_hash = zeroblob(32)"
      })
  void anEditedEntryIsNamed(String edit) throws Exception {
    tamper("UPDATE audit SET " + edit + " WHERE sequence = 7");

    assertBrokenAt(7, verify());
  }

  @Test
  void theEntryAfterAnEditWithAFreshHashIsNamed() throws Exception {
    rewrite(7, 7);

    assertBrokenAt(8, verify());
  }

  @Test
  void aChainRewrittenToItsEndIsNamedAtTheNextCheckpoint() throws Exception {
    rewrite(7, 14);

    assertBrokenAt(10, verify());
  }

  @Test
  void aChainRewrittenWithItsCheckpointIsNamedThereAsTheSignatureDoesNotFit() throws Exception {
    String hash = rewrite(7, 14).get(3).hash();
    tamper("UPDATE audit_checkpoints SET hash = '" + hash + "'");

    assertBrokenAt(10, verify());
  }

  @Test
  void aChainRewrittenWithoutItsCheckpointIsNamedByTheCopy() throws Exception {
    rewrite(7, 14);
    tamper("DELETE FROM audit_checkpoints");

    assertThat(verify()).isInstanceOf(Result.Intact.class);
    assertBrokenAt(10, verify(checkpointFile.read()));
  }

  @Test
  void aDeletedEntryIsNamed() throws Exception {
    tamper("DELETE FROM audit WHERE sequence = 5");

    assertBrokenAt(5, verify());
  }

  @Test
  void aDeletedEntryBeforeAnUnreadableOneIsNamed() throws Exception {
    tamper(
        "DELETE FROM audit WHERE sequence = 5",
        "UPDATE audit SET details = 'nonsense' WHERE sequence = 6");

    assertBrokenAt(5, verify());
  }

  @Test
  void aDeletedEntryIsNamedWhenTheOthersMoveUp() throws Exception {
    tamper(
        "DELETE FROM audit WHERE sequence = 5",
        "UPDATE audit SET sequence = -(sequence - 1) WHERE sequence > 5",
        "UPDATE audit SET sequence = -sequence WHERE sequence < 0");

    assertBrokenAt(5, verify());
  }

  @Test
  void swappedEntriesAreNamedAtTheFirst() throws Exception {
    tamper(
        "UPDATE audit SET sequence = 99 WHERE sequence = 6",
        "UPDATE audit SET sequence = 6 WHERE sequence = 9",
        "UPDATE audit SET sequence = 9 WHERE sequence = 99");

    assertBrokenAt(6, verify());
  }

  @Test
  void anInsertedEntryIsNamed() throws Exception {
    tamper(
        "UPDATE audit SET sequence = -(sequence + 1) WHERE sequence > 5",
        "UPDATE audit SET sequence = -sequence WHERE sequence < 0",
        "INSERT INTO audit SELECT 6, at, action, request_id, actor, details, previous_hash, hash,"
            + " node FROM audit WHERE sequence = 5");

    assertBrokenAt(6, verify());
  }

  @Test
  void anEndCutOffIsNamedByTheCertificateItRecorded() throws Exception {
    tamper("DELETE FROM audit WHERE sequence > 12");

    assertBrokenAt(13, verify());
  }

  @Test
  void anEndCutOffAndGrownAgainIsNamedByTheCertificate() throws Exception {
    ledger.close();
    tamper("DELETE FROM audit WHERE sequence > 12");
    ledger = SqliteLedger.open(folder.resolve("ledger.db"));
    for (int i = 0; i < 5; i++) {
      ledger.commit(Transaction.of(Samples.refusal()));
    }

    assertBrokenAt(13, verify());
  }

  @Test
  void anEndCutOffWithItsCertificateIsNamedByTheCheckpoint() throws Exception {
    tamper(
        "DELETE FROM audit WHERE sequence > 8",
        "DELETE FROM certificates WHERE audit_sequence > 8");

    assertBrokenAt(9, verify());
  }

  @Test
  void anEndCutOffWithItsCertificateAndCheckpointIsNamedByTheCopy() throws Exception {
    tamper(
        "DELETE FROM audit WHERE sequence > 8",
        "DELETE FROM certificates WHERE audit_sequence > 8",
        "DELETE FROM audit_checkpoints");

    assertBrokenAt(9, verify(checkpointFile.read()));
  }

  @Test
  void aLedgerPutBackToAnOlderStateWithItsCopiesIsNamedByAnAnchor() throws Exception {
    List<Checkpoint> anchors = checkpointFile.read();
    ledger.close();
    // Everything as it was before the checkpoint: nothing in it contradicts itself.
    tamper(
        "DELETE FROM audit WHERE sequence > 8",
        "DELETE FROM certificates WHERE audit_sequence > 8",
        "DELETE FROM audit_checkpoints");
    Files.delete(folder.resolve("audit-checkpoints.log"));
    ledger = SqliteLedger.open(folder.resolve("ledger.db"));

    assertThat(verify(checkpointFile.read())).isInstanceOf(Result.Intact.class);
    assertThat(verifyWithAnchors(anchors))
        .isEqualTo(
            new Result.Broken(
                9,
                "the end is cut off, or an older state was restored: the checkpoint of "
                    + Samples.NOW
                    + ", kept elsewhere, vouches for entry 10"));
  }

  @Test
  void aLedgerCutOffThatWentOnAndWasSignedAgainWithTheKeyIsNamedByAnAnchor() throws Exception {
    List<Checkpoint> anchors = checkpointFile.read();
    ledger.close();
    tamper(
        "DELETE FROM audit WHERE sequence > 8",
        "DELETE FROM certificates WHERE audit_sequence > 8",
        "DELETE FROM audit_checkpoints");
    Files.delete(folder.resolve("audit-checkpoints.log"));
    ledger = SqliteLedger.open(folder.resolve("ledger.db"));
    checkpoints =
        new AuditCheckpoints(
            ledger, checkpointFile, message -> ALGORITHM.sign(AUDIT_KEY.getPrivate(), message));
    for (int i = 0; i < 6; i++) {
      ledger.commit(Transaction.of(Samples.refusal()));
    }
    assertThat(checkpoints.sign(Samples.NOW.plusSeconds(60))).isPresent();

    assertThat(verify(checkpointFile.read())).isInstanceOf(Result.Intact.class);
    assertThat(verifyWithAnchors(anchors))
        .isEqualTo(
            new Result.Broken(
                10,
                "the chain was rewritten: the checkpoint of "
                    + Samples.NOW
                    + ", kept elsewhere, vouches for another entry here"));
  }

  @Test
  void anAnchorOfAnotherInstallationIsNoProofAndSaysSo() {
    KeyPair other = KeyPairs.generate(KeyType.P_256);
    Checkpoint own = checkpointFile.read().getFirst();
    Der foreign =
        Der.of(
            ALGORITHM.sign(
                other.getPrivate(),
                Checkpoint.signedBytes("", own.sequence(), own.hash(), own.at())));

    assertThat(
            verifyWithAnchors(
                List.of(new Checkpoint("", own.sequence(), own.hash(), own.at(), foreign))))
        .isInstanceOfSatisfying(
            Result.Broken.class,
            broken -> assertThat(broken.what()).contains("of another installation"));
  }

  @Test
  void aLineOfASyslogServerEndsWithItsCheckpoint() {
    Checkpoint own = checkpointFile.read().getFirst();
    Checkpoint ofNode =
        new Checkpoint("node-a", own.sequence(), own.hash(), own.at(), own.signature());

    for (String before :
        List.of(
            "",
            "<109>1 2026-06-03T00:00:00Z host chancery 7 audit-checkpoint - ",
            "Jun  3 00:00:00 host chancery[7]: ")) {
      assertThat(CheckpointFile.endOf(before + CheckpointFile.lineOf(own))).contains(own);
      assertThat(CheckpointFile.endOf(before + CheckpointFile.lineOf(ofNode))).contains(ofNode);
    }
    assertThat(CheckpointFile.endOf("Jun  3 00:00:00 host sshd[9]: session 1 2 3 4")).isEmpty();
  }

  @Test
  void anEntryThatOnlyANewerVersionKnowsIsNoEdit() throws Exception {
    AuditEntry last = ledger.lastAuditEntry().orElseThrow();
    AuditEntry newer =
        AuditEntry.link(
            15,
            AuditEvent.stored(Samples.NOW, "moon-eclipsed", "", "server", Map.of()),
            last.hash());
    tamper(
        "INSERT INTO audit SELECT 15, at, 'moon-eclipsed', '', 'server', '', x'"
            + newer.previousHash()
            + "', x'"
            + newer.hash()
            + "', node FROM audit WHERE sequence = 14");

    assertThat(verify()).isInstanceOf(Result.Intact.class);
    assertThat(ledger.lastAuditEntry()).contains(newer);

    tamper("UPDATE audit SET action = 'moon-rose' WHERE sequence = 15");

    assertBrokenAt(15, verify());
  }

  private Result verifyWithAnchors(List<Checkpoint> anchors) {
    return new AuditVerification(
            ledger,
            SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()),
            ALGORITHM,
            checkpointFile.read(),
            anchors)
        .run((_, _) -> {});
  }

  @Test
  void aCertificateThatNoEntryRecordedIsNamed() throws Exception {
    tamper("UPDATE certificates SET serial = '0102' WHERE audit_sequence = 4");

    assertBrokenAt(4, verify());
  }

  @Test
  void aForgedCheckpointIsNamed() throws Exception {
    tamper("UPDATE audit_checkpoints SET at = at + 1");

    assertBrokenAt(10, verify());
  }

  @Test
  void verificationMayRunWhileTheLedgerIsWrittenTo() throws Exception {
    Thread enroller =
        Thread.startVirtualThread(() -> {
          for (int i = 0; i < 500; i++) {
            ledger.commit(Samples.storing(Samples.deviceCertificate("busy")));
          }
        });

    do {
      assertThat(verify(checkpointFile.read())).isInstanceOf(Result.Intact.class);
    } while (enroller.isAlive());
    enroller.join();
  }

  @Test
  void aCheckpointIsSignedOnlyWhenSomethingHasHappened() {
    assertThat(checkpoints.sign(Samples.NOW.plusSeconds(1))).isPresent();
    assertThat(checkpoints.sign(Samples.NOW.plusSeconds(2))).isEmpty();
    assertThat(verify(checkpointFile.read()))
        .isInstanceOfSatisfying(
            Result.Intact.class, intact -> assertThat(intact.checkpoints()).isEqualTo(2));
  }

  @Test
  void theCheckpointFileIsPrivateAndSurvivesALineThatACrashCutOff() throws Exception {
    Path file = folder.resolve("audit-checkpoints.log");
    List<Checkpoint> before = checkpointFile.read();
    Files.writeString(file, "12 abc", StandardOpenOption.APPEND);

    Checkpoint checkpoint =
        new Checkpoint(14, "ab".repeat(32), Samples.NOW, Der.of(new byte[] {1, 2}));
    checkpointFile.append(checkpoint);

    assertThat(checkpointFile.read()).containsExactly(before.getFirst(), checkpoint);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aLineThatWasCutOffWithinItsSignatureIsNoForgery() throws Exception {
    Path file = folder.resolve("audit-checkpoints.log");
    String line = Files.readString(file).lines().findFirst().orElseThrow();
    for (int cut = 1; cut < 12; cut++) {
      Files.writeString(file, line.substring(0, line.length() - cut), StandardOpenOption.APPEND);

      assertThat(verify(checkpointFile.read())).isInstanceOf(Result.Intact.class);

      checkpointFile.append(checkpointFile.read().getFirst());

      assertThat(verify(checkpointFile.read())).isInstanceOf(Result.Intact.class);
    }
    assertThat(checkpointFile.read()).hasSize(12);
  }

  /// Edits entry `from` and gives it and all up to `to` the hashes that they would need.
  private List<AuditEntry> rewrite(long from, long to) throws SQLException {
    List<AuditEntry> entries = new ArrayList<>();
    ledger.auditEntries(from, entries::add);
    List<AuditEntry> rewritten = new ArrayList<>();
    String previous = entries.getFirst().previousHash();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        var update =
            connection.prepareStatement(
                "UPDATE audit SET actor = ?, previous_hash = ?, hash = ? WHERE sequence = ?")) {
      for (AuditEntry entry : entries.subList(0, (int) (to - from + 1))) {
        AuditEvent old = entry.event();
        String actor = entry.sequence() == from ? "somebody-else" : old.actor();
        AuditEntry fresh =
            AuditEntry.link(
                entry.sequence(),
                new AuditEvent(old.at(), old.action(), old.requestId(), actor, old.details()),
                previous);
        update.setString(1, actor);
        update.setBytes(2, HexFormat.of().parseHex(fresh.previousHash()));
        update.setBytes(3, HexFormat.of().parseHex(fresh.hash()));
        update.setLong(4, fresh.sequence());
        update.executeUpdate();
        rewritten.add(fresh);
        previous = fresh.hash();
      }
    }
    return rewritten;
  }
}
