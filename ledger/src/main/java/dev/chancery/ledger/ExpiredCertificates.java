package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops certificates from SQLite that expired long ago, some at a time: their rows, and what the
/// search index has of them. Their serial numbers stay taken. The newest certificate stays too,
/// whatever its age: the next one is numbered after it.
final class ExpiredCertificates extends Errand {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiredCertificates.class);

  /// A few milliseconds' work.
  private static final int ROWS_AT_A_TIME = 64;

  private static final Duration PAUSE = Duration.ofMillis(50);

  private record Row(
      long id,
      String issuer,
      String serial,
      long notAfter,
      String subject,
      String alternatives,
      String requester) {}

  private volatile long limit = Long.MIN_VALUE;
  private long dropped;

  ExpiredCertificates() {
    super(false, PAUSE);
  }

  /// Has the writer drop what expired before `instant`, as time allows.
  void dropBefore(Instant instant) {
    limit = instant.toEpochMilli();
    expectMore();
  }

  @Override
  boolean step(Session session) throws SQLException {
    long mark = SearchIndex.mark(session);
    List<Row> rows =
        session.list(
            row ->
                new Row(
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7)),
            "SELECT id, issuer, serial, not_after, subject_text, alternatives_text, requester_text"
                + " FROM certificates WHERE not_after < ?"
                + " AND id < (SELECT MAX(id) FROM certificates) ORDER BY not_after LIMIT ?",
            limit,
            ROWS_AT_A_TIME);
    // What is not in the search index yet cannot be taken out of it; it soon will be.
    List<Row> indexed = rows.stream().filter(row -> row.id() <= mark).toList();
    if (!indexed.isEmpty()) {
      session.begin();
      for (Row row : indexed) {
        drop(session, row);
      }
      SearchIndex.merge(session, indexed.size());
      session.commit();
      dropped += indexed.size();
    }
    boolean more = rows.size() == ROWS_AT_A_TIME || indexed.size() < rows.size();
    if (!more && dropped > 0) {
      LOG.atInfo()
          .addKeyValue("certificates", dropped)
          .addKeyValue("expired-before", Instant.ofEpochMilli(limit))
          .log("expired certificates were dropped");
      dropped = 0;
    }
    return more;
  }

  private static void drop(Session session, Row row) throws SQLException {
    session.update(
        "INSERT INTO serials (serial, issuer, not_after) VALUES (?, ?, ?)",
        row.serial(),
        row.issuer(),
        row.notAfter());
    // The index holds no text; it has to be told what it had been told.
    session.update(
        "INSERT INTO certificate_search (certificate_search, rowid, subject, alternatives,"
            + " requester) VALUES ('delete', ?, ?, ?, ?)",
        row.id(),
        row.subject(),
        row.alternatives(),
        row.requester());
    session.update("DELETE FROM certificates WHERE id = ?", row.id());
  }
}
