package dev.chancery.bench;

import dev.chancery.lab.LabException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// Brings a ledger's search index up to date in large steps. A server takes small ones, in a tenth
/// of its writer's time.
final class SearchFiller {
  private static final int AT_A_TIME = 100_000;

  /// What is indexed is gathered in memory up to this; SQLite's own is 1 MB.
  private static final int GATHERED_BYTES = 64 * 1024 * 1024;

  private static final int USUAL_BYTES = 1024 * 1024;

  /// FTS5 merges as many parts by itself as soon as there are so many of a size; 0 for never.
  private static final int MERGED_PARTS = 4;

  private static final int USUAL_MERGED_PARTS = 0;

  private final Path file;
  private final Progress progress;

  /// @param file a ledger that nobody has open
  SearchFiller(Path file, Progress progress) {
    this.file = file;
    this.progress = progress;
  }

  void fill() {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      run(database, "PRAGMA journal_mode = OFF");
      run(database, "PRAGMA synchronous = OFF");
      run(database, "PRAGMA cache_size = -262144");
      run(database, "PRAGMA mmap_size = 4294967296");
      configure(database, "hashsize", GATHERED_BYTES);
      configure(database, "automerge", MERGED_PARTS);
      database.setAutoCommit(false);
      long mark = number(database, "SELECT indexed_to FROM certificate_search_mark");
      long last = number(database, "SELECT COALESCE(MAX(id), 0) FROM certificates");
      progress.begin("indexing the texts of the certificates");
      long first = mark;
      while (mark < last) {
        long next = Math.min(last, mark + AT_A_TIME);
        update(
            database,
            "INSERT INTO certificate_search (rowid, subject, alternatives, requester)"
                + " SELECT id, subject_text, alternatives_text, requester_text FROM certificates"
                + " WHERE id > ? AND id <= ? ORDER BY id",
            mark,
            next);
        update(database, "UPDATE certificate_search_mark SET indexed_to = ?", next);
        database.commit();
        mark = next;
        progress.at(mark - first, last - first);
      }
      database.setAutoCommit(true);
      configure(database, "hashsize", USUAL_BYTES);
      configure(database, "automerge", USUAL_MERGED_PARTS);
      run(database, "PRAGMA synchronous = FULL");
      run(database, "PRAGMA journal_mode = WAL");
    } catch (SQLException e) {
      throw new LabException("the search index cannot be filled", e);
    }
  }

  private static void configure(Connection database, String option, long value)
      throws SQLException {
    try (PreparedStatement statement =
        database.prepareStatement(
            "INSERT INTO certificate_search (certificate_search, rank) VALUES (?, ?)")) {
      statement.setString(1, option);
      statement.setLong(2, value);
      statement.executeUpdate();
    }
  }

  private static void run(Connection database, String sql) throws SQLException {
    try (Statement statement = database.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long number(Connection database, String query) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(query);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private static void update(Connection database, String sql, long... parameters)
      throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setLong(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }
}
