package dev.chancery.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nodes of successive versions work on one database (docs/database.md): from [#BASE] on, what a
/// program of an older schema reads and writes is there in every newer one.
class SchemaPromiseTest {
  /// The schema of the oldest version beside which the newest may run.
  private static final int BASE = 8;

  @TempDir private Path folder;

  /// A column as whoever reads and writes the table sees it.
  private record Column(String type, boolean nullable, boolean hasDefault) {}

  @ParameterizedTest
  @EnumSource
  void migrationsOnlyAdd(Dialect dialect) throws Exception {
    DataSource source = empty(dialect);
    migrateToBase(source, dialect);
    Map<String, Map<String, Column>> before = tables(source);
    Map<String, List<String>> unique = uniqueIndexes(source, before);

    Schema.migrate(source, dialect);

    Map<String, Map<String, Column>> after = tables(source);
    before.forEach((table, columns) -> {
      assertThat(after).containsKey(table);
      Map<String, Column> now = after.getOrDefault(table, Map.of());
      assertThat(now).as(table).containsAllEntriesOf(columns);
      now.forEach((name, column) ->
          assertThat(columns.containsKey(name) || column.nullable() || column.hasDefault())
              .as(table + "." + name + " can be left out by who does not know it")
              .isTrue());
    });
    assertThat(uniqueIndexes(source, before))
        .as("nothing has to be unique that had not to be")
        .isEqualTo(unique);
  }

  @ParameterizedTest
  @EnumSource
  void whatAnOlderProgramWritesIsTaken(Dialect dialect) throws Exception {
    DataSource source = empty(dialect);
    migrateToBase(source, dialect);
    Map<String, Map<String, Column>> known = tables(source);

    Schema.migrate(source, dialect);

    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      for (Map.Entry<String, Map<String, Column>> table : known.entrySet()) {
        String columns = String.join(", ", table.getValue().keySet());
        String values =
            table.getValue().values().stream()
                .map(column -> sample(column.type()))
                .collect(Collectors.joining(", "));
        assertThat(
                statement.executeUpdate(
                    "INSERT INTO " + table.getKey() + " (" + columns + ") VALUES (" + values + ")"))
            .as(table.getKey())
            .isEqualTo(1);
        try (ResultSet row =
            statement.executeQuery("SELECT " + columns + " FROM " + table.getKey())) {
          assertThat(row.next()).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tablesThatAskForANewerVersionAreRefused(Dialect dialect) throws Exception {
    DataSource source = empty(dialect);
    Schema.migrate(source, dialect);
    int newest = Collections.max(Schema.versions(dialect));

    ask(source, newest);
    Schema.migrate(source, dialect);
    assertThat(Schema.pending(source, dialect)).isEmpty();

    ask(source, newest + 1);
    assertThatThrownBy(() -> Schema.migrate(source, dialect))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("too new")
        .hasMessageContaining("V" + (newest + 1));
    assertThatThrownBy(() -> Schema.pending(source, dialect)).isInstanceOf(SQLException.class);
    if (dialect == Dialect.SQLITE) {
      assertThatThrownBy(() -> SqliteLedger.open(folder.resolve("ledger.db")))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("too new");
    }
  }

  /// Else migration and transactions of other nodes wait for each other.
  @Test
  void noMigrationAsksForAStrongerLockThanItHas() throws Exception {
    DataSource source = empty(Dialect.POSTGRESQL);
    migrateToBase(source, Dialect.POSTGRESQL);
    Set<String> there = tables(source).keySet();
    List<MigrationInfo> pending =
        List.of(Schema.flyway(source, Dialect.POSTGRESQL).info().pending());
    assertThat(pending).isNotEmpty();

    for (MigrationInfo migration : pending) {
      try (Connection connection = source.getConnection();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        Map<String, Set<String>> held = new TreeMap<>();
        for (String sql : statements(migration)) {
          statement.execute(sql);
          locks(statement, there)
              .forEach((table, modes) ->
                  assertThat(modes)
                      .as("%s on %s, at: %s", migration.getScript(), table, sql)
                      .isEqualTo(held.computeIfAbsent(table, _ -> modes)));
        }
        connection.commit();
      }
    }
  }

  private static List<String> statements(MigrationInfo migration) throws IOException {
    try (InputStream script =
        SchemaPromiseTest.class.getResourceAsStream("/db/common/" + migration.getScript())) {
      String text =
          new String(Objects.requireNonNull(script).readAllBytes(), UTF_8)
              .replaceAll("(?m)--.*$", "");
      for (Map.Entry<String, String> placeholder : Dialect.POSTGRESQL.placeholders().entrySet()) {
        text = text.replace("${" + placeholder.getKey() + "}", placeholder.getValue());
      }
      return Arrays.stream(text.split(";")).map(String::strip).filter(it -> !it.isEmpty()).toList();
    }
  }

  /// Which keep out writers at least, on which of the tables.
  private static Map<String, Set<String>> locks(Statement statement, Set<String> tables)
      throws SQLException {
    Map<String, Set<String>> locks = new TreeMap<>();
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                + " WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p')"
                + " AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',"
                + " 'AccessExclusiveLock')")) {
      while (rows.next()) {
        if (tables.contains(rows.getString(1))) {
          locks.computeIfAbsent(rows.getString(1), _ -> new TreeSet<>()).add(rows.getString(2));
        }
      }
    }
    return locks;
  }

  private static void ask(DataSource source, int least) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO facts (name, value) VALUES ('schema-least', '"
              + least
              + "') ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    }
  }

  private DataSource empty(Dialect dialect) throws SQLException {
    return switch (dialect) {
      case SQLITE -> {
        SqliteFile file = SqliteFile.open(folder.resolve("ledger.db"), SqliteSettings.defaults());
        file.close();
        yield file.dataSource();
      }
      case POSTGRESQL ->
          PostgresDatabase.source(Postgres.settings(Postgres.freshDatabase(), "node"));
    };
  }

  private static void migrateToBase(DataSource source, Dialect dialect) {
    Flyway.configure()
        .configuration(Schema.flyway(source, dialect).getConfiguration())
        .target(Integer.toString(BASE))
        .load()
        .migrate();
  }

  /// But for those of the search index, which are SQLite's own business, Flyway's, and what is a
  /// part of another.
  private static Map<String, Map<String, Column>> tables(DataSource source) throws SQLException {
    Map<String, Map<String, Column>> tables = new TreeMap<>();
    try (Connection connection = source.getConnection()) {
      DatabaseMetaData data = connection.getMetaData();
      List<String> names = new ArrayList<>();
      try (ResultSet rows =
          data.getTables(
              null, connection.getSchema(), "%", new String[] {"TABLE", "PARTITIONED TABLE"})) {
        while (rows.next()) {
          names.add(rows.getString("TABLE_NAME"));
        }
      }
      names.removeIf(name ->
          name.startsWith("certificate_search")
              || name.startsWith("certificates_")
              || name.startsWith("sqlite_")
              || name.startsWith("flyway"));
      for (String name : names) {
        tables.put(name, columns(data, connection.getSchema(), name));
      }
    }
    assertThat(tables).containsKeys("certificates", "audit", "credentials", "pending");
    return tables;
  }

  private static Map<String, Column> columns(DatabaseMetaData data, String schema, String table)
      throws SQLException {
    Map<String, Column> columns = new TreeMap<>();
    try (ResultSet rows = data.getColumns(null, schema, table, "%")) {
      while (rows.next()) {
        columns.put(
            rows.getString("COLUMN_NAME"),
            new Column(
                rows.getString("TYPE_NAME").toLowerCase(Locale.ROOT),
                rows.getInt("NULLABLE") == DatabaseMetaData.columnNullable,
                rows.getString("COLUMN_DEF") != null));
      }
    }
    return columns;
  }

  private static Map<String, List<String>> uniqueIndexes(
      DataSource source, Map<String, Map<String, Column>> tables) throws SQLException {
    Map<String, List<String>> indexes = new TreeMap<>();
    try (Connection connection = source.getConnection()) {
      for (String table : tables.keySet()) {
        List<String> columns = new ArrayList<>();
        try (ResultSet rows =
            connection
                .getMetaData()
                .getIndexInfo(null, connection.getSchema(), table, true, false)) {
          while (rows.next()) {
            // SQLite's driver lists those that are not unique as well.
            if (rows.getString("COLUMN_NAME") != null && !rows.getBoolean("NON_UNIQUE")) {
              columns.add(rows.getString("INDEX_NAME") + " " + rows.getString("COLUMN_NAME"));
            }
          }
        }
        Collections.sort(columns);
        indexes.put(table, columns);
      }
    }
    return indexes;
  }

  private static String sample(String type) {
    return switch (type) {
      case "bigint", "integer", "int8", "bigserial" -> "1";
      case "text" -> "'sample'";
      case "blob" -> "x'01'";
      case "bytea" -> "'\\x01'";
      default -> throw new AssertionError("a column of type " + type);
    };
  }
}
