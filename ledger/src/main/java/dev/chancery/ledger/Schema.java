package dev.chancery.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

/// Brings the database to the tables that this version of the program knows. A newer version may
/// have been there already: its tables are left as they are, since migrations only add to what is
/// there, and what they add may be left empty by those who do not know it.
///
/// A migration that takes something away, or asks more of what is there, says which migration a
/// program has to know at least from then on, as the fact [#LEAST]. Older programs then refuse to
/// start. It may come no earlier than one version after the last program that needs what it takes.
///
/// A migration runs while other nodes serve. On PostgreSQL none asks for a stronger lock on a table
/// than it has already: it would wait for transactions that wait for it.
final class Schema {
  /// The name of the fact. Its value is the number of a migration.
  static final String LEAST = "schema-least";

  private Schema() {}

  /// The migrations on the class path.
  static Set<Integer> versions(Dialect dialect) {
    return switch (dialect) {
      case SQLITE -> Set.of(1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14);
      case POSTGRESQL -> Set.of(1, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14);
    };
  }

  /// Does nothing, cheaply, when the history says that nothing is to do.
  ///
  /// @throws SQLException if the tables are too new, or cannot be made
  static void migrate(DataSource source, Dialect dialect) throws SQLException {
    requireUnderstood(source, dialect);
    if (!isCurrent(source, dialect)) {
      flyway(source, dialect).migrate();
    }
  }

  /// The migrations that are still to come, such as `V4 nodes`.
  ///
  /// @throws SQLException if the tables are too new
  static List<String> pending(DataSource source, Dialect dialect) throws SQLException {
    requireUnderstood(source, dialect);
    return Arrays.stream(flyway(source, dialect).info().pending()).map(Schema::described).toList();
  }

  private static String described(MigrationInfo migration) {
    return "V" + migration.getVersion() + " " + migration.getDescription();
  }

  static Flyway flyway(DataSource source, Dialect dialect) {
    return Flyway.configure()
        .dataSource(source)
        .locations("classpath:db/common", "classpath:" + dialect.migrations())
        .placeholders(dialect.placeholders())
        // Each stands by itself: one with a lower number may come later.
        .outOfOrder(true)
        .load();
  }

  private static void requireUnderstood(DataSource source, Dialect dialect) throws SQLException {
    try (Connection connection = source.getConnection();
        Session session = new Session(connection, dialect, "")) {
      int newest = Collections.max(versions(dialect));
      Optional<String> least =
          has(session, "facts") ? NodeTables.fact(session, LEAST) : Optional.empty();
      if (least.isPresent() && Integer.parseInt(least.get()) > newest) {
        throw new SQLException(
            "the ledger's tables are too new for this version: they ask for one that knows V"
                + least.get()
                + ", this one knows up to V"
                + newest
                + "; start the newer version, or restore a backup from before its upgrade");
      }
    }
  }

  private static boolean isCurrent(DataSource source, Dialect dialect) throws SQLException {
    try (Connection connection = source.getConnection();
        Session session = new Session(connection, dialect, "")) {
      return has(session, "flyway_schema_history")
          && applied(session).containsAll(versions(dialect));
    }
  }

  private static Set<Integer> applied(Session session) throws SQLException {
    return new HashSet<>(
        session.list(
            row -> row.getBoolean(2) ? Integer.parseInt(row.getString(1)) : 0,
            "SELECT version, success FROM flyway_schema_history WHERE version IS NOT NULL"));
  }

  private static boolean has(Session session, String table) throws SQLException {
    return session.exists(
        switch (session.dialect()) {
          case SQLITE -> "SELECT 1 FROM sqlite_master WHERE name = ?";
          case POSTGRESQL ->
              "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()"
                  + " AND table_name = ?";
        },
        table);
  }
}
