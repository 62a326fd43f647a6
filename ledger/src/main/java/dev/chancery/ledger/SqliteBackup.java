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
import org.sqlite.SQLiteConnection;

/// Copies a ledger in SQLite while a server works on it.
public final class SqliteBackup {
  /// All pages in one step, under one read: the server goes on writing, into its log.
  private static final int ALL_PAGES = -1;

  private static final int SQLITE_OK = 0;

  private SqliteBackup() {}

  /// Copies `file` to `copy`, which must not exist, by SQLite's online backup; checks the copy; and
  /// returns when it is on disk. Only its owner may read it.
  ///
  /// @throws LedgerUnavailableException if that does not work
  public static void run(Path file, Path copy) {
    try {
      if (copy.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createFile(
            copy,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(copy);
      }
      try (Connection connection = SqliteFile.readOnly(file).getConnection()) {
        int result =
            connection
                .unwrap(SQLiteConnection.class)
                .getDatabase()
                .backup("main", copy.toAbsolutePath().toString(), null, 0, 0, ALL_PAGES);
        if (result != SQLITE_OK) {
          throw new SQLException("SQLite's backup ended with code " + result);
        }
      }
      check(copy);
      try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    } catch (IOException | SQLException e) {
      throw new LedgerUnavailableException("the ledger could not be copied to " + copy, e);
    }
  }

  private static void check(Path copy) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA quick_check")) {
      if (!rows.next() || !rows.getString(1).equals("ok")) {
        throw new SQLException("the copy is damaged");
      }
    }
  }
}
