package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;

/// The ledger in a PostgreSQL database that any number of nodes share.
public final class PostgresLedger extends DatabaseLedger {
  /// Room for certificates of usual lifetimes; whoever issues for longer asks for more by
  /// [#maintain].
  private static final Duration AHEAD = Duration.ofDays(120);

  private PostgresLedger(PostgresDatabase database, Reads reads, CommitQueue writers) {
    super(database, reads, writers);
  }

  /// Connects, and brings the tables up to date.
  ///
  /// @param now when the node starts
  /// @throws LedgerUnavailableException if that does not work
  public static PostgresLedger open(PostgresSettings settings, Instant now) {
    PostgresDatabase database = connect(settings);
    Optional<CommitQueue> writers = Optional.empty();
    boolean opened = false;
    try {
      migrate(database);
      database.maintain(now, AHEAD, Optional.empty());
      Reads reads = database.reads(settings.deadline());
      writers =
          Optional.of(
              CommitQueue.start(
                  database, settings.transactionsPerBatch(), settings.deadline(), reads::renew));
      writers.get().carryOut(NodeTables.register(settings.node(), now));
      opened = true;
      return new PostgresLedger(database, reads, writers.get());
    } catch (SQLException | FlywayException e) {
      throw cannotOpen(database.description(), e);
    } finally {
      if (!opened) {
        writers.ifPresent(CommitQueue::close);
        database.close();
      }
    }
  }

  private static PostgresDatabase connect(PostgresSettings settings) {
    try {
      return PostgresDatabase.open(settings);
    } catch (SQLException e) {
      throw cannotOpen(settings.url(), e);
    }
  }

  /// With the database's own words: most often they say what to do.
  private static LedgerUnavailableException cannotOpen(String where, Exception e) {
    return new LedgerUnavailableException(
        "the ledger cannot be opened: " + where + ": " + e.getMessage(), e);
  }

  /// Brings the tables up to date.
  static void migrate(PostgresDatabase database) throws SQLException {
    Schema.migrate(database.source(), database.dialect());
    try (Connection connection = database.source().getConnection();
        Session session = new Session(connection, database.dialect(), database.node())) {
      boolean _ = TrigramIndex.make(session);
    }
  }
}
