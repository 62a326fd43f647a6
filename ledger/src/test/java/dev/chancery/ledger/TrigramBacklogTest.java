package dev.chancery.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What waits to enter PostgreSQL's trigram index enters it beside the transactions.
final class TrigramBacklogTest {
  private final String url = Postgres.freshDatabase();

  @Test
  void whatWaitsForTheIndexEntersIt() throws SQLException {
    try (PostgresDatabase database = tables();
        Session writer = writerOfOneCertificate(database)) {
      assertThat(pagesThatWait()).isPositive();

      boolean more = new TrigramBacklog(longAgo()).step(writer);

      assertThat(more).isFalse();
      assertThat(pagesThatWait()).isZero();
    }
  }

  @Test
  void whatAnotherWriterHasJustMovedIsLeftForLater() throws SQLException {
    try (PostgresDatabase database = tables();
        Session writer = writerOfOneCertificate(database)) {
      AtomicLong justNow = new AtomicLong(System.nanoTime() + Duration.ofHours(1).toNanos());

      boolean more = new TrigramBacklog(justNow).step(writer);

      assertThat(more).isTrue();
      assertThat(pagesThatWait()).isPositive();
    }
  }

  @Test
  void whereThereIsNoIndexNothingIsMoved() throws SQLException {
    try (PostgresDatabase database = tables();
        Session writer = writerOfOneCertificate(database)) {
      Postgres.execute(url, "DROP INDEX certificates_by_text");

      boolean more = new TrigramBacklog(longAgo()).step(writer);

      assertThat(more).isFalse();
    }
  }

  /// Without a ledger, whose own writers would do it too.
  private PostgresDatabase tables() throws SQLException {
    PostgresDatabase database = PostgresDatabase.open(Postgres.settings(url, "node"));
    PostgresLedger.migrate(database);
    return database;
  }

  private static Session writerOfOneCertificate(PostgresDatabase database) throws SQLException {
    Session writer = database.openWriter();
    CertificateRecord record = Samples.deviceCertificate("printer");
    assertThat(Write.of(new Change.StoreCertificate(record)).apply(writer, 1)).isEmpty();
    writer.commit();
    return writer;
  }

  private static AtomicLong longAgo() {
    return new AtomicLong(System.nanoTime() - Duration.ofHours(1).toNanos());
  }

  /// In the indexes of all months together.
  private long pagesThatWait() throws SQLException {
    Postgres.execute(url, "CREATE EXTENSION IF NOT EXISTS pageinspect");
    try (Connection connection = Postgres.connect(url);
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT SUM((gin_metapage_info(get_raw_page(month.relname, 0))).n_pending_pages)"
                    + " FROM pg_inherits i JOIN pg_class whole ON whole.oid = i.inhparent"
                    + " JOIN pg_class month ON month.oid = i.inhrelid"
                    + " WHERE whole.relname = 'certificates_by_text'")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
