package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.ledger.AuditVerification.Result;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two nodes with an audit chain each on one database; somebody with full access to it changes
/// them.
final class AuditOfManyNodesTest {
  private static final SignatureAlgorithm ALGORITHM = SignatureAlgorithm.ECDSA_WITH_SHA256;
  private static final KeyPair AUDIT_KEY = KeyPairs.generate(KeyType.P_256);

  @TempDir private Path folder;
  private String url = "";
  private PostgresLedger one;
  private PostgresLedger other;

  /// In each chain entries 1 to 6, of which 3 stores a certificate, and a checkpoint over 6 in
  /// entry 7. The other's is signed first, so that only that of the first node saw the other's
  /// entry 7.
  @BeforeEach
  void fillTheLedger() {
    url = Postgres.freshDatabase();
    one = Postgres.ledger(url, "one");
    other = Postgres.ledger(url, "other");
    for (PostgresLedger ledger : List.of(one, other)) {
      for (int i = 1; i <= 6; i++) {
        ledger.commit(
            i == 3
                ? Samples.storing(Samples.deviceCertificate("device-" + i))
                : Transaction.of(Samples.refusal()));
      }
    }
    sign(other);
    sign(one);
  }

  @AfterEach
  void closeTheLedgers() {
    one.close();
    other.close();
  }

  private CheckpointFile fileOf(PostgresLedger ledger) {
    return new CheckpointFile(folder.resolve(ledger.node() + ".log"));
  }

  private void sign(PostgresLedger ledger) {
    assertThat(
            new AuditCheckpoints(
                    ledger,
                    fileOf(ledger),
                    message -> ALGORITHM.sign(AUDIT_KEY.getPrivate(), message))
                .sign(Samples.NOW))
        .isPresent();
  }

  private Result verify(List<Checkpoint> copies) {
    return new AuditVerification(
            one, SubjectPublicKeyInfo.of(AUDIT_KEY.getPublic()), ALGORITHM, copies)
        .run((_, _) -> {});
  }

  @Test
  void untouchedChainsAreIntactTogether() {
    assertThat(verify(fileOf(one).read()))
        .isInstanceOfSatisfying(
            Result.Intact.class,
            intact -> {
              assertThat(intact.entries()).isEqualTo(14);
              assertThat(intact.checkpoints()).isEqualTo(2);
            });
    assertThat(fileOf(other).read())
        .isEqualTo(one.checkpoints().stream().filter(it -> it.node().equals("other")).toList());
  }

  @Test
  void chainsMayBeVerifiedWhileBothNodesWrite() throws Exception {
    Thread writer =
        Thread.startVirtualThread(() -> {
          for (int i = 0; i < 200; i++) {
            (i % 2 == 0 ? one : other).commit(Samples.storing(Samples.deviceCertificate("busy")));
            if (i % 20 == 0) {
              sign(i % 40 == 0 ? one : other);
            }
          }
        });

    do {
      assertThat(verify(List.of())).isInstanceOf(Result.Intact.class);
    } while (writer.isAlive());
    writer.join();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE audit SET actor = 'x' WHERE node = 'other' AND sequence = 2 | 2 | other: the entry was edited",
        "DELETE FROM audit WHERE node = 'other' AND sequence = 2 | 2 | other: the entry is missing",
        "UPDATE audit SET node = 'third' WHERE node = 'other' AND sequence = 5 | 5 | other: the entry is missing",
        "DELETE FROM audit WHERE node = 'other' AND sequence > 6 | 7 | one: this entry saw entry 7 in the chain of other",
        "UPDATE certificates SET audit_sequence = 2 WHERE audit_node = 'other' | 2 | other: the certificate"
      })
  void anEditIsNamedWithItsNode(String edit, long sequence, String what) {
    Postgres.execute(url, edit);

    assertThat(verify(List.of()))
        .isInstanceOfSatisfying(
            Result.Broken.class,
            broken -> {
              assertThat(broken.what()).startsWith(what);
              assertThat(broken.sequence()).isEqualTo(sequence);
            });
  }

  @Test
  void aNodeThatWasRemovedWithEverythingIsMissedByTheOther() {
    Postgres.execute(
        url,
        "DELETE FROM audit WHERE node = 'other'",
        "DELETE FROM audit_checkpoints WHERE node = 'other'",
        "DELETE FROM certificates WHERE audit_node = 'other'",
        "DELETE FROM nodes WHERE name = 'other'");

    assertThat(verify(List.of()))
        .isInstanceOfSatisfying(
            Result.Broken.class, broken -> assertThat(broken.what()).contains("chain of other"));
  }

  @Test
  void chainsThatChangedPlacesAreNamedSinceTheSignaturesDoNotFit() {
    for (String table : List.of("audit", "audit_checkpoints")) {
      Postgres.execute(
          url,
          "UPDATE " + table + " SET node = 'third' WHERE node = 'one'",
          "UPDATE " + table + " SET node = 'one' WHERE node = 'other'",
          "UPDATE " + table + " SET node = 'other' WHERE node = 'third'");
    }
    Postgres.execute(url, "DELETE FROM certificates");

    assertThat(verify(List.of()))
        .isInstanceOfSatisfying(
            Result.Broken.class,
            broken -> assertThat(broken.what()).contains("is not signed by the audit key"));
  }
}
