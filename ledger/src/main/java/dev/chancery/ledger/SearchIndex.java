package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/// Keeps the trigram index of the certificates' texts up to a mark, behind the transactions: in
/// each of them it would cost more than all the rest. Searches read what lies beyond the mark from
/// the certificates themselves, so they miss nothing. Belongs to the writer's thread.
final class SearchIndex extends Errand {
  /// A few milliseconds' work.
  private static final int ROWS_AT_A_TIME = 64;

  private static final Duration PAUSE = Duration.ofMillis(50);

  private record Row(long id, String subject, String alternatives, String requester) {}

  SearchIndex() {
    super(true, PAUSE);
  }

  @Override
  void committed() {
    expectMore();
  }

  /// Moves the mark on by some rows.
  @Override
  boolean step(Session session) throws SQLException {
    long mark = mark(session);
    List<Row> rows =
        session.list(
            row -> new Row(row.getLong(1), row.getString(2), row.getString(3), row.getString(4)),
            "SELECT id, subject_text, alternatives_text, requester_text FROM certificates"
                + " WHERE id > ? ORDER BY id LIMIT ?",
            mark,
            ROWS_AT_A_TIME);
    if (!rows.isEmpty()) {
      session.begin();
      for (Row row : rows) {
        session.update(
            "INSERT INTO certificate_search (rowid, subject, alternatives, requester)"
                + " VALUES (?, ?, ?, ?)",
            row.id(),
            row.subject(),
            row.alternatives(),
            row.requester());
      }
      merge(session, rows.size());
      session.update("UPDATE certificate_search_mark SET indexed_to = ?", rows.getLast().id());
      session.commit();
    }
    return rows.size() == ROWS_AT_A_TIME;
  }

  /// Merges some of the index's parts after `rows` were added to it or taken out: a page for three
  /// of them, which keeps the parts at a few dozen.
  static void merge(Session session, int rows) throws SQLException {
    session.update(
        "INSERT INTO certificate_search (certificate_search, rank) VALUES ('merge', ?)",
        (rows + 2) / 3);
  }

  /// Rows up to this one are in the index.
  static long mark(Session session) throws SQLException {
    return session
        .first(row -> row.getLong(1), "SELECT indexed_to FROM certificate_search_mark")
        .orElse(0L);
  }
}
