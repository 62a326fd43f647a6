package dev.chancery.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proof that cannot fail proves nothing: here somebody has tampered with the ledger.
class ProofTest {
  private static final Plan PLAN = Plan.draw(Harm.CONNECTIONS_CUT, new SplittableRandom(1), true);

  @TempDir static Path shared;

  private static ServerJvm jvm;

  @TempDir Path folder;

  private Life life;

  @BeforeAll
  static void prepare() {
    jvm = ServerJvm.here(shared);
  }

  @BeforeEach
  void liveOneRound() {
    Means means = new Means(Store.SQLITE, "not needed", Optional.empty());
    life = Life.prepare(jvm, folder.resolve("l"), new Ground.OneFile(), means, false);
    assertThat(Round.run(life, PLAN, 1, 1).violations()).isEmpty();
  }

  @AfterEach
  void end() {
    life.close();
  }

  @Test
  void aCertificateThatIsGoneIsMissed() throws SQLException {
    tamper("DELETE FROM certificates WHERE requester LIKE 'credential:%'");

    assertThat(proof())
        .anyMatch(violation -> violation.matches("LOST: the certificate .* is not in the ledger"))
        .anyMatch(violation -> violation.matches("LOST: the audit has the issuance of .*"))
        .anyMatch(violation -> violation.matches("the credential .* was used 1 times and .* 0 .*"));
  }

  @Test
  void aUseThatWasNotTakenIsNoticed() throws SQLException {
    tamper("UPDATE credentials SET uses_left = uses");

    assertThat(proof())
        .anyMatch(violation -> violation.matches("the credential .* was used 0 times and .* 1 .*"));
  }

  @Test
  void anAuditEntryThatIsGoneIsMissed() throws SQLException {
    tamper("DELETE FROM audit WHERE action = 'certificate-issued' AND actor LIKE 'credential:%'");

    assertThat(proof())
        .anyMatch(violation -> violation.startsWith("the audit does not have the issuance of"))
        .anyMatch(violation -> violation.startsWith("the audit does not verify at entry"));
  }

  @Test
  void aCertificateThatNobodyAskedForIsNoticed() {
    List<Attempt> asked = life.books().open(PLAN, life.node(0), new SplittableRandom(2));
    Load.start(List.of(new Load.Order(asked.getFirst(), Manner.WHOLE)), life::node, 1).await();
    Books forgetful = new Books();

    assertThat(Proof.of(life.node(0), forgetful))
        .anyMatch(violation -> violation.startsWith("nobody has asked for the certificate"));
  }

  private List<String> proof() {
    return Proof.of(life.node(0), life.books());
  }

  private void tamper(String sql) throws SQLException {
    life.node(0).kill();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + life.data(0).resolve("ledger.db"));
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
    life.recover();
  }
}
