package dev.chancery.ledger;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// A real PostgreSQL for the tests of this module, started once, with a database for each that
/// asks.
final class Postgres {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  /// Started by the first that asks, stopped by itself when the tests end.
  private static final class Server {
    private static final EmbeddedPostgres INSTANCE = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder().setServerConfig("max_connections", "200").start();
      } catch (IOException e) {
        throw new UncheckedIOException("PostgreSQL does not start", e);
      }
    }
  }

  private Postgres() {}

  /// The URL of a database that is empty.
  static String freshDatabase() {
    String name = "ledger_" + DATABASES.incrementAndGet();
    execute(url("postgres"), "CREATE DATABASE " + name);
    return url(name);
  }

  private static String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + Server.INSTANCE.getPort() + "/" + database;
  }

  static PostgresSettings settings(String url, String node) {
    return PostgresSettings.of(url, "postgres", "", node);
  }

  static PostgresLedger ledger(String url, String node) {
    return PostgresLedger.open(settings(url, node), Samples.NOW);
  }

  /// Carries out statements as somebody with every right.
  static void execute(String url, String... statements) {
    try (Connection connection = connect(url);
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the test's own statement failed", e);
    }
  }

  static Connection connect(String url) throws SQLException {
    return DriverManager.getConnection(url, "postgres", "");
  }
}
