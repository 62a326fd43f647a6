package dev.chancery.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A PostgreSQL database that any number of nodes share. Thread-safe.
final class PostgresDatabase implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);

  /// The oldest version that is tried, as PostgreSQL numbers them.
  private static final int OLDEST = 140_000;

  /// What holds unless the URL says otherwise. A server that can only be read from is of no use;
  /// one that does not answer must not hold a writer up for ever.
  private static final Map<String, String> DRIVER_DEFAULTS =
      Map.of(
          "targetServerType", "primary",
          "connectTimeout", "5",
          "socketTimeout", "20",
          "tcpKeepAlive", "true",
          "ApplicationName", "chancery");

  private static final Duration POOL_WAIT = Duration.ofSeconds(3);
  private static final int LOOK_SECONDS = 2;

  private final PostgresSettings settings;
  private final PGSimpleDataSource source;
  private final HikariDataSource pool;
  private final AtomicLong trigramsMoved = new AtomicLong(System.nanoTime());

  private PostgresDatabase(
      PostgresSettings settings, PGSimpleDataSource source, HikariDataSource pool) {
    this.settings = settings;
    this.source = source;
    this.pool = pool;
  }

  /// Connects, and makes sure that the database is one that the ledger can work with.
  static PostgresDatabase open(PostgresSettings settings) throws SQLException {
    PGSimpleDataSource source = source(settings);
    try (Connection connection = source.getConnection();
        Session session = new Session(connection, Dialect.POSTGRESQL, settings.node())) {
      requireFit(session);
    }
    return new PostgresDatabase(settings, source, pool(settings, source));
  }

  /// Where the settings lead to, whatever is there.
  static PGSimpleDataSource source(PostgresSettings settings) throws SQLException {
    Properties written = Driver.parseURL(settings.url(), new Properties());
    if (written == null) {
      throw new SQLException("the database's URL cannot be understood: " + settings.url());
    }
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(settings.url());
    for (Map.Entry<String, String> standard : DRIVER_DEFAULTS.entrySet()) {
      if (!written.containsKey(standard.getKey())) {
        source.setProperty(standard.getKey(), standard.getValue());
      }
    }
    if (!settings.user().isEmpty()) {
      source.setUser(settings.user());
    }
    if (!settings.password().isEmpty()) {
      source.setPassword(settings.password());
    }
    return source;
  }

  private static HikariDataSource pool(PostgresSettings settings, PGSimpleDataSource source) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setPoolName("ledger");
    config.setMaximumPoolSize(settings.readers());
    config.setMinimumIdle(1);
    config.setConnectionTimeout(POOL_WAIT.toMillis());
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  private static void requireFit(Session session) throws SQLException {
    int version = Integer.parseInt(setting(session, "server_version_num"));
    if (version < OLDEST) {
      throw new SQLException(
          "the database is PostgreSQL "
              + version / 10_000
              + "; it must be "
              + OLDEST / 10_000
              + " or newer");
    }
    String encoding = setting(session, "server_encoding");
    if (!encoding.equals("UTF8")) {
      throw new SQLException("the database's encoding is " + encoding + "; it must be UTF8");
    }
    if (setting(session, "fsync").equals("off")) {
      LOG.warn("risk: the database runs with fsync off; a power cut may lose what was issued");
    }
  }

  private static String setting(Session session, String name) throws SQLException {
    return session.first(row -> row.getString(1), "SELECT current_setting(?)", name).orElseThrow();
  }

  /// For migrations and maintenance.
  PGSimpleDataSource source() {
    return source;
  }

  @Override
  public Dialect dialect() {
    return Dialect.POSTGRESQL;
  }

  @Override
  public String node() {
    return settings.node();
  }

  @Override
  public String description() {
    return source.getServerNames()[0] + "/" + source.getDatabaseName();
  }

  @Override
  public int writers() {
    return PostgresSettings.WRITERS;
  }

  /// Which server it is, is the driver's business.
  @Override
  public Optional<Object> identity() {
    return Optional.of("postgresql");
  }

  @Override
  public boolean seemsWritable() {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(LOOK_SECONDS);
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public Fault faultOf(Exception e) {
    return PostgresFaults.of(e);
  }

  @Override
  public Session openWriter() throws SQLException {
    Connection connection = source.getConnection();
    boolean opened = false;
    try {
      Session session = new Session(connection, dialect(), node());
      if (setting(session, "synchronous_commit").equals("off")) {
        // A certificate leaves when it is on disk, whatever others in this database may bear.
        session.run("SET synchronous_commit = on");
      }
      session.run(TrigramBacklog.LIMIT);
      connection.setAutoCommit(false);
      opened = true;
      return session;
    } finally {
      if (!opened) {
        connection.close();
      }
    }
  }

  Session openReader() throws SQLException {
    return new Session(pool.getConnection(), dialect(), node());
  }

  @Override
  public Reads reads(Duration deadline) {
    return new PooledReads(this, settings.readers(), deadline);
  }

  /// [Partitions] drops what expired.
  @Override
  public List<Errand> errands() {
    return List.of(new TrigramBacklog(trigramsMoved));
  }

  @Override
  public Optional<Checkpointer> checkpointer() {
    return Optional.empty();
  }

  @Override
  public void maintain(Instant now, Duration ahead, Optional<Duration> keepExpired)
      throws SQLException {
    try (Connection connection = source.getConnection();
        Session session = new Session(connection, dialect(), node())) {
      connection.setAutoCommit(false);
      Partitions partitions = new Partitions(session);
      partitions.make(now, ahead);
      if (keepExpired.isPresent()) {
        partitions.dropExpiredBefore(now.minus(keepExpired.get()));
        CollectionTable.forget(session, now.minus(keepExpired.get()));
      }
      AnswerTable.forget(session, now);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
