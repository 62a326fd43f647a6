package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract over SQLite, and what is SQLite's own.
final class SqliteLedgerTest extends LedgerContract {
  private static final Transaction REFUSAL = Transaction.of(Samples.refusal());

  @TempDir private Path folder;

  @Override
  Ledger open() {
    return SqliteLedger.open(folder.resolve("contract.db"));
  }

  private Path file() {
    return folder.resolve("ledger.db");
  }

  @Test
  void whatWasStoredIsThereAfterOpeningAgain() {
    var record = Samples.deviceCertificate("a");
    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      ledger.commit(Samples.storing(record));
    }

    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      assertThat(ledger.certificate(Samples.ISSUER, Samples.serial(record))).contains(record);
      assertThat(ledger.commit(REFUSAL)).isEqualTo(new CommitResult.Committed(2));
    }
  }

  @Test
  void onlyTheOwnerReadsTheFiles() throws Exception {
    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      ledger.commit(REFUSAL);

      for (String name : new String[] {"ledger.db", "ledger.db-wal", "ledger.db-shm"}) {
        assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
            .as(name)
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void aSecondLedgerOnTheSameFileIsRefused() {
    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      assertThatThrownBy(() -> SqliteLedger.open(file()))
          .isInstanceOf(LedgerUnavailableException.class);

      assertThat(ledger.commit(REFUSAL)).isInstanceOf(CommitResult.Committed.class);
    }
  }

  @Test
  void whatARevocationListSaysIsReadFromAnIndexAlone() throws Exception {
    SqliteLedger.open(file()).close();

    try (SqliteFile held = SqliteFile.open(file(), SqliteSettings.defaults());
        Session session = held.openReader()) {
      assertThat(plan(session, RevocationTable.PAGE, "issuing", "", 0L, 10))
          .containsExactly(
              "SEARCH certificates USING COVERING INDEX certificates_revoked"
                  + " (issuer=? AND serial>?)");
      assertThat(plan(session, RevocationTable.COUNT, "issuing"))
          .containsExactly(
              "SEARCH certificates USING COVERING INDEX certificates_revoked (issuer=?)");
    }
  }

  private static List<String> plan(Session session, String sql, Object... parameters)
      throws SQLException {
    return session.list(row -> row.getString(4), "EXPLAIN QUERY PLAN " + sql, parameters);
  }

  @Test
  void theSchemaIsKnownToBeCurrentWithoutAskingFlyway() throws Exception {
    SqliteLedger.open(file()).close();

    try (SqliteFile held = SqliteFile.open(file(), SqliteSettings.defaults())) {
      assertThat(Schema.flyway(held.dataSource(), Dialect.SQLITE).info().applied())
          .extracting(migration -> Integer.valueOf(migration.getVersion().getVersion()))
          .containsExactlyInAnyOrderElementsOf(Schema.versions(Dialect.SQLITE));
      assertThat(Schema.pending(held.dataSource(), Dialect.SQLITE)).isEmpty();
    }
  }

  @Test
  void aFullDiskFailsTransactionsUntilThereIsRoomAgain() throws Exception {
    SqliteLedger.open(file()).close();
    ballast("CREATE TABLE ballast AS SELECT zeroblob(2000000) AS weight");
    long pages = Files.size(file()) / 4096;

    try (SqliteLedger ledger =
        SqliteLedger.open(file(), SqliteSettings.defaults().withMostPages(pages))) {
      long stored = 0;
      LedgerUnavailableException full = null;
      while (full == null && stored < 100_000) {
        try {
          ledger.commit(Samples.storing(Samples.deviceCertificate("a")));
          stored++;
        } catch (LedgerUnavailableException e) {
          full = e;
        }
      }

      assertThat(full).hasStackTraceContaining("SQLITE_FULL");
      assertThat(ledger.certificateCount()).isEqualTo(stored);

      ballast("DROP TABLE ballast");

      assertThat(ledger.commit(Samples.storing(Samples.deviceCertificate("b"))))
          .isEqualTo(new CommitResult.Committed(stored + 1));
      assertThat(ledger.certificateCount()).isEqualTo(stored + 1);
    }
  }

  @Test
  void aDeletedFileIsNoticedAndAReturnedOneIsUsedAgain() throws Exception {
    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      ledger.commit(REFUSAL);
      Path away = folder.resolve("away.db");
      Files.move(file(), away);

      assertThatThrownBy(() -> ledger.commit(REFUSAL))
          .isInstanceOf(LedgerUnavailableException.class);
      assertThat(ledger.isWritable()).isFalse();
      assertThat(file()).doesNotExist();

      Files.move(away, file());

      assertThat(ledger.isWritable()).isTrue();
      assertThat(ledger.commit(REFUSAL)).isEqualTo(new CommitResult.Committed(2));
    }
  }

  @Test
  void aCallerIsToldAfterItsDeadlineThatNothingWasStored() throws Exception {
    SqliteSettings hasty = SqliteSettings.defaults().withDeadline(Duration.ofMillis(200));
    try (SqliteLedger ledger = SqliteLedger.open(file(), hasty)) {
      try (Connection other = connect()) {
        other.createStatement().execute("BEGIN IMMEDIATE");

        assertThatThrownBy(() -> ledger.commit(REFUSAL))
            .isInstanceOf(LedgerUnavailableException.class);
        // The writer waits with the first one; this one it never sees.
        assertThatThrownBy(() -> ledger.commit(REFUSAL))
            .isInstanceOf(LedgerUnavailableException.class)
            .hasMessageContaining("nothing was stored");
      }
    }
    try (SqliteLedger ledger = SqliteLedger.open(file())) {
      assertThat(ledger.newestAuditEntries(10)).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void aClosedLedgerSaysSo() {
    SqliteLedger ledger = SqliteLedger.open(file());
    ledger.close();

    assertThatThrownBy(() -> ledger.commit(REFUSAL)).isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(ledger::certificateCount).isInstanceOf(LedgerUnavailableException.class);
    assertThat(ledger.isWritable()).isFalse();
  }

  private void ballast(String sql) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }
}
