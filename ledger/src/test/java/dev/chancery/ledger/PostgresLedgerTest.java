package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The contract over PostgreSQL, and what is PostgreSQL's own.
final class PostgresLedgerTest extends LedgerContract {
  private static final Transaction REFUSAL = Transaction.of(Samples.refusal());

  @Override
  Ledger open() {
    return Postgres.ledger(Postgres.freshDatabase(), "node-a");
  }

  @Test
  void whatOneNodeStoredAnotherReads() {
    String url = Postgres.freshDatabase();
    CertificateRecord record = Samples.deviceCertificate("a");
    try (Ledger one = Postgres.ledger(url, "one");
        Ledger other = Postgres.ledger(url, "other")) {
      one.commit(Samples.adding(Samples.credential("a", 1)));

      assertThat(other.commit(Samples.enrollment("a", "digest", record)))
          .isEqualTo(new CommitResult.Committed(1));

      assertThat(one.certificate(Samples.ISSUER, Samples.serial(record))).contains(record);
      assertThat(one.answerTo("digest", Samples.NOW)).contains(record);
      assertThat(one.commit(Samples.storing(record)))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
      assertThat(one.nodes()).containsExactly("", "one", "other");
      assertThat(one.auditEntry("other", 1)).isEqualTo(other.lastAuditEntry());
    }
  }

  @Test
  void aHundredParallelUsesOverTwoNodesHaveOneWinner() throws Exception {
    String url = Postgres.freshDatabase();
    try (Ledger one = Postgres.ledger(url, "one");
        Ledger other = Postgres.ledger(url, "other")) {
      one.commit(Samples.adding(Samples.credential("once", 1)));

      List<CommitResult> results =
          inParallel(
              100,
              i ->
                  (i % 2 == 0 ? one : other)
                      .commit(
                          Samples.enrollment(
                              "once", "digest-" + i, Samples.deviceCertificate("device-" + i))));

      assertThat(results).filteredOn(CommitResult.Committed.class::isInstance).hasSize(1);
      assertThat(one.certificateCount()).isEqualTo(1);
      assertThat(one.credential("once").orElseThrow().usesLeft()).isZero();
    }
  }

  /// Batches that lock the same rows in different orders.
  @Test
  void transactionsOfTwoNodesThatMeetAreAllCarriedOut() throws Exception {
    String url = Postgres.freshDatabase();
    try (Ledger one = Postgres.ledger(url, "one");
        Ledger other = Postgres.ledger(url, "other")) {
      for (int i = 0; i < 10; i++) {
        one.commit(Samples.adding(Samples.credential("shared-" + i, 1_000)));
      }

      List<CommitResult> results =
          inParallel(
              600,
              i ->
                  (i % 2 == 0 ? one : other)
                      .commit(
                          Samples.enrollment(
                              "shared-" + (i * 7 % 10),
                              "digest-" + i,
                              Samples.deviceCertificate("device-" + i))));

      assertThat(results).allMatch(CommitResult.Committed.class::isInstance);
      assertThat(one.certificateCount()).isEqualTo(600);
      long entries =
          one.lastAuditEntry().orElseThrow().sequence()
              + other.lastAuditEntry().orElseThrow().sequence();
      assertThat(entries).isEqualTo(610);
      assertThat(chainOf(one, "one"))
          .isEqualTo(
              IntStream.rangeClosed(1, chainOf(one, "one").size())
                  .mapToObj(Long::valueOf)
                  .toList());
    }
  }

  private static List<Long> chainOf(Ledger ledger, String node) {
    List<Long> sequences = new ArrayList<>();
    ledger.auditEntries(node, 1, entry -> sequences.add(entry.sequence()));
    return sequences;
  }

  @Test
  void aTransactionThatCannotBeStoredFailsAlone() throws Exception {
    try (Ledger ledger = Postgres.ledger(Postgres.freshDatabase(), "node")) {
      ledger.commit(Samples.adding(Samples.credential("good", 1_000)));

      List<Optional<CommitResult>> results =
          inParallel(
              60,
              i -> {
                try {
                  return Optional.of(
                      ledger.commit(
                          i % 10 == 0
                              ? Transaction.of(
                                  Samples.refusal(),
                                  new Change.RevokeCredential("nul\0", Samples.NOW))
                              : Samples.enrollment(
                                  "good",
                                  "digest-" + i,
                                  Samples.deviceCertificate("device-" + i))));
                } catch (LedgerUnavailableException e) {
                  return Optional.<CommitResult>empty();
                }
              });

      assertThat(results).filteredOn(Optional::isEmpty).hasSize(6);
      assertThat(ledger.certificateCount()).isEqualTo(54);
      assertThat(ledger.isWritable()).isTrue();
    }
  }

  @Test
  void connectionsThatTheDatabaseCutsAreOpenedAnew() {
    String url = Postgres.freshDatabase();
    try (Ledger ledger = Postgres.ledger(url, "node")) {
      ledger.commit(REFUSAL);

      Postgres.execute(
          url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");

      assertThat(ledger.commit(REFUSAL)).isEqualTo(new CommitResult.Committed(2));
      assertThat(ledger.newestAuditEntries(10)).hasSize(2);
      assertThat(ledger.isWritable()).isTrue();
    }
  }

  @Test
  void certificatesLieInTheMonthOfTheirExpiry() throws Exception {
    String url = Postgres.freshDatabase();
    CertificateRecord soon = Samples.deviceCertificate("soon");
    CertificateRecord late = expiring("late", Duration.ofDays(500));
    try (Ledger ledger = Postgres.ledger(url, "node")) {
      ledger.commit(Samples.storing(soon));
      ledger.commit(Samples.storing(late));
      assertThat(tablesOf(url))
          .containsExactly("late certificates_other", "soon certificates_2026_08");

      ledger.maintain(Samples.NOW, Duration.ofDays(600), Optional.empty());

      assertThat(tablesOf(url))
          .containsExactly("late certificates_2027_10", "soon certificates_2026_08");
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(late))).contains(late);
      assertThat(ledger.commit(Samples.storing(late)))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
    }
  }

  @Test
  void whatExpiredLongAgoIsDroppedAndItsSerialNumberStaysTaken() throws Exception {
    String url = Postgres.freshDatabase();
    CertificateRecord soon = Samples.deviceCertificate("soon");
    CertificateRecord later = expiring("later", Duration.ofDays(119));
    try (Ledger ledger = Postgres.ledger(url, "node")) {
      ledger.commit(Samples.enrollmentWithoutCredential("digest", soon));
      ledger.commit(Samples.storing(later));
      // The month in which it expires ended on the first of September.
      Instant september = Instant.parse("2026-09-01T00:00:00Z");

      ledger.maintain(
          september.plus(Duration.ofDays(30)).minusMillis(1),
          Duration.ofDays(30),
          Optional.of(Duration.ofDays(30)));
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(soon))).contains(soon);

      ledger.maintain(
          september.plus(Duration.ofDays(30)),
          Duration.ofDays(30),
          Optional.of(Duration.ofDays(30)));

      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(soon))).isEmpty();
      assertThat(ledger.answerTo("digest", Samples.NOW)).isEmpty();
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(later))).contains(later);
      assertThat(ledger.commit(Samples.storing(soon)))
          .isEqualTo(new CommitResult.Conflicted(Conflict.SERIAL_EXISTS));
    }
  }

  @Test
  void partsOfNamesAreFoundWithoutTheExtensionToo() throws Exception {
    String url = Postgres.freshDatabase();
    CertificateRecord press = Samples.deviceCertificate("press-7");
    try (Ledger ledger = Postgres.ledger(url, "node")) {
      ledger.commit(Samples.storing(press));
      Postgres.execute(url, "DROP EXTENSION pg_trgm CASCADE");

      assertThat(
              ledger.certificates(
                  new CertificateQuery(
                      Optional.of("PRESS"),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      10)))
          .containsExactly(press);
    }
  }

  @Test
  void aLeaseBelongsToOneNodeUntilItRunsOut() {
    String url = Postgres.freshDatabase();
    try (Ledger one = Postgres.ledger(url, "one");
        Ledger other = Postgres.ledger(url, "other")) {
      Duration length = Duration.ofMinutes(3);

      assertThat(one.takesLease("purge", Samples.NOW, length)).isTrue();
      assertThat(other.takesLease("purge", Samples.NOW.plusSeconds(60), length)).isFalse();
      assertThat(one.takesLease("purge", Samples.NOW.plusSeconds(120), length)).isTrue();
      assertThat(other.takesLease("purge", Samples.NOW.plusSeconds(299), length)).isFalse();
      assertThat(other.takesLease("purge", Samples.NOW.plusSeconds(300), length)).isTrue();
      assertThat(one.takesLease("purge", Samples.NOW.plusSeconds(301), length)).isFalse();
      assertThat(one.takesLease("other work", Samples.NOW, length)).isTrue();
    }
  }

  @Test
  void aFactIsWhatTheFirstNodeSaid() {
    String url = Postgres.freshDatabase();
    try (Ledger one = Postgres.ledger(url, "one");
        Ledger other = Postgres.ledger(url, "other")) {
      assertThat(other.fact("key")).isEmpty();
      assertThat(one.fact("key", "first")).isEqualTo("first");
      assertThat(other.fact("key", "second")).isEqualTo("first");
    }
  }

  @Test
  void anOlderVersionGoesOnWorkingAfterANewerHasMigrated() {
    String url = Postgres.freshDatabase();
    try (Ledger older = Postgres.ledger(url, "older")) {
      // What a newer version may do: add, never take away or rename.
      Postgres.execute(
          url,
          "ALTER TABLE credentials ADD COLUMN something_new TEXT",
          "ALTER TABLE certificates ADD COLUMN something_new BIGINT NOT NULL DEFAULT 0",
          "CREATE TABLE something_new (number BIGINT PRIMARY KEY)",
          "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
              + " installed_by, execution_time, success) SELECT MAX(installed_rank) + 1, '99',"
              + " 'newer', 'SQL', 'V99__newer.sql', 'somebody', 1, TRUE FROM flyway_schema_history");
      CertificateRecord record = Samples.deviceCertificate("a");

      older.commit(Samples.adding(Samples.credential("a", 1)));
      assertThat(older.commit(Samples.enrollment("a", "digest", record)))
          .isEqualTo(new CommitResult.Committed(2));

      try (Ledger startedAgain = Postgres.ledger(url, "restarted")) {
        assertThat(startedAgain.answerTo("digest", Samples.NOW)).contains(record);
        assertThat(startedAgain.commit(REFUSAL)).isEqualTo(new CommitResult.Committed(1));
      }
    }
  }

  @Test
  void theSchemaIsKnownToBeCurrentWithoutAskingFlyway() throws Exception {
    String url = Postgres.freshDatabase();
    Postgres.ledger(url, "node").close();

    var source = PostgresDatabase.source(Postgres.settings(url, "node"));

    assertThat(Schema.flyway(source, Dialect.POSTGRESQL).info().applied())
        .extracting(migration -> Integer.valueOf(migration.getVersion().getVersion()))
        .containsExactlyInAnyOrderElementsOf(Schema.versions(Dialect.POSTGRESQL));
  }

  @Test
  void aDatabaseThatIsNotThereIsNamed() {
    assertThatThrownBy(() ->
            Postgres.ledger(Postgres.freshDatabase().replaceAll("/[^/]*$", "/nowhere"), "node"))
        .isInstanceOf(LedgerUnavailableException.class)
        .hasMessageContaining("\"nowhere\" does not exist");
  }

  private static CertificateRecord expiring(String name, Duration after) {
    return Samples.record(
        Samples.certificate(Samples.device(name), Samples.freshKey(), Samples.NOW.plus(after)),
        "operator");
  }

  private static List<String> tablesOf(String url) throws SQLException {
    try (Connection connection = Postgres.connect(url);
        var rows =
            connection
                .createStatement()
                .executeQuery(
                    "SELECT replace(requester, 'operator', 'late'), tableoid::regclass::text"
                        + " FROM certificates ORDER BY 1")) {
      List<String> tables = new ArrayList<>();
      while (rows.next()) {
        tables.add(rows.getString(1).replace("credential:", "") + " " + rows.getString(2));
      }
      return tables.stream().sorted().toList();
    }
  }

  private interface Task<T> {
    T run(int number);
  }

  private static <T> List<T> inParallel(int count, Task<T> task) throws Exception {
    List<T> results = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        futures.add(executor.submit(() -> task.run(number)));
      }
      for (Future<T> future : futures) {
        results.add(future.get());
      }
    }
    return results;
  }
}
