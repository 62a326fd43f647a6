package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TempStore;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteOpenMode;

/// The database's file: held by one process at a time, readable by its owner only, and watched,
/// since SQLite goes on writing into a file that somebody has deleted. Thread-safe.
final class SqliteFile implements Database {
  private static final int WRITER_CACHE_KIB = 64 * 1024;
  private static final int READER_CACHE_KIB = 8 * 1024;
  private static final int BUSY_MILLIS = 5_000;

  /// Below it, a transaction may find no room for log and checkpoint.
  private static final long LEAST_FREE_BYTES = 16L * 1024 * 1024;

  private final Path path;
  private final FileChannel lockFile;
  private final SqliteSettings settings;
  private final ExpiredCertificates expired = new ExpiredCertificates();

  /// What [#force] has opened, by the file's identity. Closed last: closing any channel to the
  /// database drops SQLite's locks.
  private final Map<Object, FileChannel> forced = new ConcurrentHashMap<>();

  private SqliteFile(Path path, FileChannel lockFile, SqliteSettings settings) {
    this.path = path;
    this.lockFile = lockFile;
    this.settings = settings;
  }

  /// Takes hold of the file, making it and its folder if they do not exist.
  ///
  /// @throws LedgerUnavailableException if another process holds it, or the folder is not writable
  static SqliteFile open(Path file, SqliteSettings settings) {
    Path path = file.toAbsolutePath();
    Path folder = Objects.requireNonNull(path.getParent(), "a file has a folder");
    try {
      Path natives = folder.resolve("native");
      Files.createDirectories(folder);
      if (!Files.isDirectory(natives)) {
        Files.createDirectory(natives, permissions(folder, "rwx------"));
      }
      // Else the driver leaves a copy of its library in /tmp each time the process is killed.
      if (System.getProperty("org.sqlite.tmpdir") == null) {
        System.setProperty("org.sqlite.tmpdir", natives.toString());
      }
      FileChannel lockFile = lock(folder, folder.resolve(path.getFileName() + ".lock"));
      // SQLite gives its log the permissions of the database.
      if (!Files.exists(path)) {
        Files.createFile(path, permissions(folder, "rw-------"));
      } else if (isPosix(folder)) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      }
      return new SqliteFile(path, lockFile, settings);
    } catch (IOException e) {
      throw new LedgerUnavailableException("the ledger's file cannot be opened: " + path, e);
    }
  }

  /// A lock on a file of its own: closing any channel to the database would drop SQLite's locks.
  private static FileChannel lock(Path folder, Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(file, permissions(folder, "rw-------"));
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException thisProcess) {
      channel.close();
      throw new LedgerUnavailableException(
          "the ledger is open already in this process: " + file, thisProcess);
    }
    channel.close();
    throw new LedgerUnavailableException(
        "the ledger is open in another process, which holds " + file);
  }

  private static FileAttribute<?>[] permissions(Path folder, String permissions) {
    return isPosix(folder)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  @Override
  public Dialect dialect() {
    return Dialect.SQLITE;
  }

  @Override
  public String node() {
    return "";
  }

  @Override
  public String description() {
    return path.toString();
  }

  @Override
  public int writers() {
    return 1;
  }

  @Override
  public Reads reads(Duration deadline) {
    return new ReadSessions(this, settings.readers(), deadline);
  }

  @Override
  public List<Errand> errands() {
    return List.of(new SearchIndex(), expired);
  }

  @Override
  public Optional<Checkpointer> checkpointer() {
    return Optional.of(new Checkpointer(this));
  }

  /// Room there is; what has expired is dropped behind the transactions.
  @Override
  public void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired) {
    keepExpired.ifPresent(duration -> expired.dropBefore(now.minus(duration)));
  }

  @Override
  public Fault faultOf(Exception e) {
    if (!(e instanceof SQLException sql) || e instanceof SQLDataException) {
      return Fault.TRANSACTION;
    }
    // The primary code; an SQLException of our own has code 0.
    int code = sql.getErrorCode() & 0xff;
    return code == SQLiteErrorCode.SQLITE_CONSTRAINT.code
            || code == SQLiteErrorCode.SQLITE_TOOBIG.code
            || code == SQLiteErrorCode.SQLITE_MISMATCH.code
            || code == SQLiteErrorCode.SQLITE_RANGE.code
        ? Fault.TRANSACTION
        : Fault.DATABASE;
  }

  /// What tells this file from another one of the same name; empty if there is none.
  @Override
  public Optional<Object> identity() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return Optional.of(Objects.requireNonNullElse(attributes.fileKey(), path));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  @Override
  public boolean seemsWritable() {
    return identity().isPresent() && path.toFile().getUsableSpace() > LEAST_FREE_BYTES;
  }

  /// The connection that writes. Never makes a new file.
  @Override
  public Session openWriter() throws SQLException {
    SQLiteConfig config = configuration(WRITER_CACHE_KIB);
    config.setOpenMode(SQLiteOpenMode.READWRITE);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    Session session = session(config);
    session.configure("PRAGMA wal_autocheckpoint = " + Checkpointer.PAGES_BEFORE_WRITER);
    session.configure("PRAGMA max_page_count = " + settings.mostPages());
    return session;
  }

  /// A connection that only moves the log into the database. Never makes a new file.
  Session openCheckpointer() throws SQLException {
    SQLiteConfig config = configuration(READER_CACHE_KIB);
    config.setOpenMode(SQLiteOpenMode.READWRITE);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    return session(config);
  }

  /// Returns when all that was written into the database, by any connection, is on disk; what is in
  /// the log only, stays there. Not to be called by a thread that somebody may interrupt.
  void force() throws SQLException {
    Object identity =
        identity().orElseThrow(() -> new SQLException("the database is gone: " + path));
    try {
      FileChannel channel = forced.get(identity);
      if (channel == null) {
        channel = FileChannel.open(path, StandardOpenOption.WRITE);
        forced.put(identity, channel);
      }
      channel.force(false);
    } catch (IOException e) {
      throw new SQLException("the database could not be brought to disk: " + path, e);
    }
  }

  Session openReader() throws SQLException {
    SQLiteConfig config = configuration(READER_CACHE_KIB);
    config.setReadOnly(true);
    return session(config);
  }

  private Session session(SQLiteConfig config) throws SQLException {
    return new Session(dataSource(config).getConnection(), dialect(), node());
  }

  /// For migrations.
  SQLiteDataSource dataSource() {
    return dataSource(configuration(WRITER_CACHE_KIB));
  }

  /// For a look at a file that a server may have open.
  static SQLiteDataSource readOnly(Path file) {
    SQLiteConfig config = configuration(READER_CACHE_KIB);
    config.setReadOnly(true);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
    return source;
  }

  private SQLiteDataSource dataSource(SQLiteConfig config) {
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + path);
    return source;
  }

  private static SQLiteConfig configuration(int cacheKib) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setCacheSize(-cacheKib);
    config.setTempStore(TempStore.MEMORY);
    // Else the driver asks for the number of the new row after each INSERT.
    config.setGetGeneratedKeys(false);
    return config;
  }

  @Override
  public void close() {
    try {
      for (FileChannel channel : forced.values()) {
        channel.close();
      }
      lockFile.close();
    } catch (IOException e) {
      throw new LedgerUnavailableException("the ledger's lock could not be released", e);
    }
  }
}
