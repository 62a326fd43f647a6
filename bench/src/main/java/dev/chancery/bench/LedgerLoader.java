package dev.chancery.bench;

import dev.chancery.ledger.SqliteLedger;
import dev.chancery.ledger.SqliteSettings;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/// Fills a ledger with what a server would have written: each certificate is for a key of its own
/// and issued by the authority, with its audit entry, its use of a credential and its answer. All
/// that is left out is the network, and the waiting of the search index for its turn.
final class LedgerLoader {
  /// So many share a write to disk; a server gets by with fewer.
  private static final int AT_A_TIME = 4_096;

  private static final int INDEXED_AT_A_TIME = 50_000;

  private final Path data;
  private final Progress progress;

  /// @param data a server's data folder, with no server
  LedgerLoader(Path data, Progress progress) {
    this.data = data;
    this.progress = progress;
  }

  /// Issues certificates until there are `wanted`, and indexes them.
  ///
  /// @return how many were issued
  int certificates(int wanted) {
    int there;
    try (SqliteLedger ledger = open()) {
      there = Math.toIntExact(ledger.certificateCount());
      if (there < wanted) {
        LocalAuthority authority = LocalAuthority.open(data, ledger);
        progress.begin("filling the ledger up to " + wanted + " certificates");
        int first = there;
        all(wanted - first, number -> issue(authority, first + number));
      }
    }
    index();
    return Math.max(0, wanted - there);
  }

  private static void issue(LocalAuthority authority, int number) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                Device.namesOf(number), KeyPairs.generate(KeyType.P_256))
            .build();
    authority.issue(0, request.template(), ProofOfPossession.verify(request), "load-" + number);
  }

  /// Makes `count` credentials, each for one device, once.
  void credentials(int count) {
    progress.begin("making " + count + " open credentials");
    try (SqliteLedger ledger = open()) {
      LocalAuthority authority = LocalAuthority.open(data, ledger);
      all(count, authority::credential);
    }
  }

  private SqliteLedger open() {
    SqliteSettings usual = SqliteSettings.defaults();
    return SqliteLedger.open(
        data.resolve("ledger.db"),
        new SqliteSettings(AT_A_TIME, usual.readers(), Duration.ofMinutes(5), usual.mostPages()));
  }

  /// Does `one` for 0, 1, … `count` - 1, many at the same time.
  private void all(int count, IntConsumer one) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    progress.restart();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> workers = new ArrayList<>();
      for (int worker = 0; worker < AT_A_TIME; worker++) {
        workers.add(
            threads.submit(() -> {
              for (int number = next.getAndIncrement();
                  number < count;
                  number = next.getAndIncrement()) {
                one.accept(number);
                progress.at(done.incrementAndGet(), count);
              }
            }));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
    } catch (ExecutionException e) {
      throw new BenchException("the ledger cannot be filled", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /// Brings the search index up to date in large steps. A server takes small ones, in a tenth of
  /// its writer's time.
  private void index() {
    try (Connection database =
        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("ledger.db"))) {
      database.setAutoCommit(false);
      long mark = number(database, "SELECT indexed_to FROM certificate_search_mark");
      long last = number(database, "SELECT COALESCE(MAX(id), 0) FROM certificates");
      progress.begin("indexing the texts of the certificates");
      long first = mark;
      while (mark < last) {
        long next = Math.min(last, mark + INDEXED_AT_A_TIME);
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
    } catch (SQLException e) {
      throw new BenchException("the search index cannot be filled", e);
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
