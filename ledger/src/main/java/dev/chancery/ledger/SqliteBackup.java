package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConnection;

/// Copies a ledger in SQLite while a server works on it.
public final class SqliteBackup {
  /// Told of the progress now and then.
  public interface Progress {
    /// For a copy that nobody waits for.
    Progress UNWATCHED =
        new Progress() {
          @Override
          public void copying(long done, long total) {
            // Nobody watches.
          }

          @Override
          public void checking(long done, long total) {
            // Nobody watches.
          }
        };

    /// `done` of `total` pages are copied.
    void copying(long done, long total);

    /// `done` of `total` tables of the copy are checked. They are of very different sizes.
    void checking(long done, long total);
  }

  /// 16 MB.
  private static final int PAGES_AT_A_TIME = 4096;

  private static final int CHECK_CACHE_KIB = 64 * 1024;
  private static final int SQLITE_OK = 0;

  /// Those that have pages. The search index is not among them, but the tables that it is kept in
  /// are: to compare its entries with each other takes longer than all the rest.
  private static final String TABLES =
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name";

  private final Path file;
  private final Path copy;
  private final int pagesAtATime;
  private final Progress progress;

  private SqliteBackup(Path file, Path copy, int pagesAtATime, Progress progress) {
    this.file = file;
    this.copy = copy;
    this.pagesAtATime = pagesAtATime;
    this.progress = progress;
  }

  /// Copies `file` to `copy`, which must not exist, by SQLite's online backup; checks the copy's
  /// tables and indexes; and returns when it is on disk. Only its owner may read it.
  ///
  /// @throws LedgerUnavailableException if that does not work; what there is of the copy is of no
  ///   use then
  public static void run(Path file, Path copy, Progress progress) {
    run(file, copy, PAGES_AT_A_TIME, progress);
  }

  static void run(Path file, Path copy, int pagesAtATime, Progress progress) {
    try {
      new SqliteBackup(file, copy, pagesAtATime, progress).run();
    } catch (IOException | SQLException e) {
      throw new LedgerUnavailableException("the ledger could not be copied to " + copy, e);
    }
  }

  private void run() throws IOException, SQLException {
    if (copy.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(copy);
    }
    copy();
    check();
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private void copy() throws SQLException {
    try (Connection connection = SqliteFile.readOnly(file).getConnection();
        Statement statement = connection.createStatement()) {
      // One read from the first page to the last: what the server writes meanwhile stays in its
      // log, and the copy need not begin again.
      statement.execute("BEGIN");
      statement.executeQuery("SELECT COUNT(*) FROM sqlite_schema").close();
      int result =
          connection
              .unwrap(SQLiteConnection.class)
              .getDatabase()
              .backup(
                  "main",
                  copy.toAbsolutePath().toString(),
                  (left, total) -> progress.copying(total - left, total),
                  0,
                  0,
                  pagesAtATime);
      if (result != SQLITE_OK) {
        throw new SQLException("SQLite's backup ended with code " + result);
      }
      statement.execute("COMMIT");
    }
  }

  private void check() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA cache_size = -" + CHECK_CACHE_KIB);
      List<String> tables = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery(TABLES)) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      for (int i = 0; i < tables.size(); i++) {
        progress.checking(i, tables.size());
        check(statement, tables.get(i));
      }
      progress.checking(tables.size(), tables.size());
    }
  }

  private static void check(Statement statement, String table) throws SQLException {
    try (ResultSet rows = statement.executeQuery("PRAGMA quick_check('" + table + "')")) {
      if (!rows.next() || !rows.getString(1).equals("ok")) {
        throw new SQLException("the copy is damaged: table " + table);
      }
    }
  }
}
