package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.ds.PGSimpleDataSource;

/// Moves a ledger from an SQLite file into an empty PostgreSQL database, whole: whatever tables
/// there are, row by row, and then reads all of it again at its new place and compares. Until that
/// has succeeded nothing is there.
public final class LedgerCopy {
  /// A table that is the same on both sides.
  ///
  /// @param digest hex, see [TableDigest]
  public record Copied(String table, long rows, String digest) {}

  /// Told of the progress now and then.
  @FunctionalInterface
  public interface Progress {
    /// `done` of `total` rows are copied, or compared: each is counted twice.
    void at(long done, long total);
  }

  private static final int ROWS_AT_A_TIME = 500;

  /// Leases are of nodes that work now, and the search index is the other database's own business.
  private static final String COPIED_TABLES =
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
          + " AND name NOT LIKE 'certificate_search%'"
          + " AND name NOT IN ('flyway_schema_history', 'leases') ORDER BY name";

  private final Session source;
  private final Connection connection;
  private final Session target;
  private final Progress progress;
  private long done;
  private long total;

  private LedgerCopy(Session source, Connection connection, Session target, Progress progress) {
    this.source = source;
    this.connection = connection;
    this.target = target;
    this.progress = progress;
  }

  /// Copies the ledger in `file`, on which no server may work.
  ///
  /// @throws LedgerUnavailableException if that does not work, or the target is not empty
  public static List<Copied> run(Path file, PostgresSettings settings, Progress progress) {
    LedgerTables.migrate(file);
    try (SqliteFile from = SqliteFile.open(file, SqliteSettings.defaults());
        Session source = from.openReader();
        PostgresDatabase to = PostgresDatabase.open(settings)) {
      PostgresLedger.migrate(to);
      PGSimpleDataSource fast = PostgresDatabase.source(settings);
      fast.setReWriteBatchedInserts(true);
      fast.setSocketTimeout(0);
      try (Connection connection = fast.getConnection();
          Session target = new Session(connection, Dialect.POSTGRESQL, settings.node())) {
        connection.setAutoCommit(false);
        return new LedgerCopy(source, connection, target, progress).copy();
      }
    } catch (SQLException | FlywayException e) {
      throw new LedgerUnavailableException("the ledger could not be copied: " + e.getMessage(), e);
    }
  }

  private List<Copied> copy() throws SQLException {
    requireEmpty();
    makeMonths();
    List<String> tables = source.list(row -> row.getString(1), COPIED_TABLES);
    for (String table : tables) {
      total += 2 * count(source, table);
    }
    target.run("DELETE FROM nodes");
    List<Copied> copied = new ArrayList<>();
    for (String table : tables) {
      copied.add(copy(table));
    }
    continueNumbers();
    for (Copied one : copied) {
      compare(one);
    }
    // Those of what was dropped are there already.
    target.run(
        "INSERT INTO serials (serial, issuer, not_after)"
            + " SELECT serial, issuer, not_after FROM certificates");
    target.commit();
    progress.at(total, total);
    return copied;
  }

  private void requireEmpty() throws SQLException {
    for (String table : List.of("audit", "certificates", "credentials", "serials", "facts")) {
      if (target.exists("SELECT 1 FROM " + table + " LIMIT 1")) {
        throw new SQLException("the target is not empty: its table " + table + " has rows");
      }
    }
    target.rollback();
  }

  private void makeMonths() throws SQLException {
    List<Instant> span =
        source
            .first(
                row ->
                    row.getString(1) == null
                        ? List.<Instant>of()
                        : List.of(
                            Instant.ofEpochMilli(row.getLong(1)),
                            Instant.ofEpochMilli(row.getLong(2))),
                "SELECT MIN(not_after), MAX(not_after) FROM certificates")
            .orElseThrow();
    if (!span.isEmpty()) {
      new Partitions(target)
          .make(span.getFirst(), Duration.between(span.getFirst(), span.getLast()));
    }
  }

  private static long count(Session session, String table) throws SQLException {
    return session.first(row -> row.getLong(1), "SELECT COUNT(*) FROM " + table).orElseThrow();
  }

  private Copied copy(String table) throws SQLException {
    List<Column> columns = columns(table);
    String names = names(columns);
    TableDigest digest = new TableDigest(columns);
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO "
                + table
                + " ("
                + names
                + ") VALUES ("
                + columns.stream().map(_ -> "?").collect(Collectors.joining(", "))
                + ")")) {
      boolean _ =
          source.any(
              row -> {
                digest.add(row);
                for (int i = 0; i < columns.size(); i++) {
                  columns.get(i).type().copy(row, insert, i + 1);
                }
                insert.addBatch();
                if (digest.rows() % ROWS_AT_A_TIME == 0) {
                  int[] _ = insert.executeBatch();
                }
                advance();
                return false;
              },
              "SELECT " + names + " FROM " + table);
      int[] _ = insert.executeBatch();
    }
    return new Copied(table, digest.rows(), digest.hex());
  }

  private void compare(Copied expected) throws SQLException {
    List<Column> columns = columns(expected.table());
    TableDigest digest = new TableDigest(columns);
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + names(columns) + " FROM " + expected.table())) {
      // Else the driver holds the whole table in memory.
      select.setFetchSize(ROWS_AT_A_TIME);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          digest.add(rows);
          advance();
        }
      }
    }
    if (digest.rows() != expected.rows() || !digest.hex().equals(expected.digest())) {
      throw new SQLException(
          "the table "
              + expected.table()
              + " is not the same on both sides: "
              + expected.rows()
              + " rows here, "
              + digest.rows()
              + " there");
    }
  }

  private void advance() {
    if (++done % ROWS_AT_A_TIME == 0) {
      progress.at(done, total);
    }
  }

  private List<Column> columns(String table) throws SQLException {
    List<Column> columns =
        target.list(
            row -> new Column(row.getString(1), Column.Type.of(row.getString(2))),
            "SELECT column_name, data_type FROM information_schema.columns"
                + " WHERE table_schema = current_schema() AND table_name = ? ORDER BY column_name",
            table);
    List<String> others =
        source.list(
            row -> row.getString(1), "SELECT name FROM pragma_table_info(?) ORDER BY name", table);
    if (!columns.stream().map(Column::name).sorted().toList().equals(others)) {
      throw new SQLException("the table " + table + " has other columns there than here");
    }
    return columns;
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /// What is numbered goes on where the source ended.
  private void continueNumbers() throws SQLException {
    List<String> sequences =
        target.list(
            row ->
                "pg_get_serial_sequence('"
                    + row.getString(1)
                    + "', '"
                    + row.getString(2)
                    + "'), MAX("
                    + row.getString(2)
                    + ")) FROM "
                    + row.getString(1),
            "SELECT table_name, column_name FROM information_schema.columns"
                + " WHERE table_schema = current_schema() AND is_identity = 'YES'");
    sequences.add("'certificate_ids', MAX(id)) FROM certificates");
    for (String sequence : sequences) {
      // Does nothing for a table without rows: the function is strict.
      boolean _ = target.exists("SELECT setval(" + sequence);
    }
  }
}
