package dev.chancery.ledger;

import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// Brings the database to the tables that this version of the program knows.
final class Schema {
  /// The newest migration on the class path.
  static final String VERSION = "7";

  private static final Map<String, String> SQLITE =
      Map.of(
          "id", "INTEGER PRIMARY KEY",
          "sequence", "INTEGER PRIMARY KEY",
          // A number that the program chooses; the rows lie in its order.
          "key", "INTEGER PRIMARY KEY",
          "blob", "BLOB");

  private Schema() {}

  /// Does nothing, cheaply, when the history says that nothing is to do.
  static void migrate(SqliteFile file) throws SQLException {
    if (!isCurrent(file)) {
      flyway(file.dataSource()).migrate();
    }
  }

  static Flyway flyway(DataSource source) {
    return Flyway.configure()
        .dataSource(source)
        .locations("classpath:db/common", "classpath:db/sqlite")
        .placeholders(SQLITE)
        .load();
  }

  private static boolean isCurrent(SqliteFile file) throws SQLException {
    try (Session session = file.openWriter()) {
      return session.exists("SELECT 1 FROM sqlite_master WHERE name = 'flyway_schema_history'")
          && session
              .first(
                  row -> row.getString(1).equals(VERSION) && row.getInt(2) == 1,
                  "SELECT version, success FROM flyway_schema_history"
                      + " ORDER BY installed_rank DESC LIMIT 1")
              .orElse(false);
    }
  }
}
