package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.api.FlywayException;

/// The tables of a ledger, looked after from outside a server.
public final class LedgerTables {
  /// How things stand.
  ///
  /// @param database for people
  /// @param pending the migrations that this version has and the tables have not, in order
  /// @param findsPartsOfNames whether searches for parts of names have an index
  public record State(String database, List<String> pending, boolean findsPartsOfNames) {
    public State {
      pending = List.copyOf(pending);
    }
  }

  private LedgerTables() {}

  /// Looks at the ledger in an SQLite file; a server may work on it.
  ///
  /// @throws LedgerUnavailableException if it cannot be read
  public static State stateOf(Path file) {
    try {
      return new State(
          "SQLite " + file, Schema.pending(SqliteFile.readOnly(file), Dialect.SQLITE), true);
    } catch (SQLException | FlywayException e) {
      throw unavailable(file.toString(), e);
    }
  }

  /// Looks at the ledger in a PostgreSQL database.
  ///
  /// @throws LedgerUnavailableException if it cannot be reached, or is not fit for a ledger
  public static State stateOf(PostgresSettings settings) {
    try (PostgresDatabase database = PostgresDatabase.open(settings)) {
      return new State(
          "PostgreSQL " + database.description(),
          Schema.pending(database.source(), Dialect.POSTGRESQL),
          hasTextIndex(database));
    } catch (SQLException | FlywayException e) {
      throw unavailable(settings.url(), e);
    }
  }

  private static boolean hasTextIndex(PostgresDatabase database) throws SQLException {
    try (Connection connection = database.source().getConnection();
        Session session = new Session(connection, Dialect.POSTGRESQL, database.node())) {
      return TrigramIndex.exists(session);
    }
  }

  /// Brings the tables in an SQLite file up to date. No server may work on it.
  ///
  /// @throws LedgerUnavailableException if that does not work
  public static void migrate(Path file) {
    SqliteLedger.open(file).close();
  }

  /// Brings the tables in a PostgreSQL database up to date, and makes the index for parts of names
  /// if it was not possible before. Servers may work on it.
  ///
  /// @throws LedgerUnavailableException if that does not work
  public static void migrate(PostgresSettings settings) {
    try (PostgresDatabase database = PostgresDatabase.open(settings)) {
      PostgresLedger.migrate(database);
    } catch (SQLException | FlywayException e) {
      throw unavailable(settings.url(), e);
    }
  }

  private static LedgerUnavailableException unavailable(String where, Exception e) {
    return new LedgerUnavailableException(where + ": " + e.getMessage(), e);
  }
}
