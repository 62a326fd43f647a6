package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.flywaydb.core.api.FlywayException;

/// The ledger in one SQLite file, which belongs to one server at a time.
public final class SqliteLedger extends DatabaseLedger {
  private SqliteLedger(SqliteFile file, Reads reads, CommitQueue writers) {
    super(file, reads, writers);
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
    SqliteFile held = SqliteFile.open(file, settings);
    boolean opened = false;
    try {
      Schema.migrate(held.dataSource(), held.dialect());
      Reads reads = held.reads(settings.deadline());
      CommitQueue writers =
          CommitQueue.start(
              held, settings.transactionsPerBatch(), settings.deadline(), reads::renew);
      opened = true;
      return new SqliteLedger(held, reads, writers);
    } catch (SQLException | FlywayException e) {
      throw new LedgerUnavailableException(
          "the ledger cannot be opened: " + file + ": " + e.getMessage(), e);
    } finally {
      if (!opened) {
        held.close();
      }
    }
  }
}
