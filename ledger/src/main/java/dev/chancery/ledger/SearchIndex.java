package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/// Keeps the trigram index of the certificates' texts up to a mark, behind the transactions: in
/// each of them it would cost more than all the rest. Searches read what lies beyond the mark from
/// the certificates themselves, so they miss nothing. Belongs to the writer's thread.
final class SearchIndex {
  private static final int ROWS_AT_A_TIME = 128;

  /// Under load that never pauses, indexing gets one tenth of the writer's time.
  private static final int SHARE = 10;

  /// After an error.
  private static final Duration REST = Duration.ofSeconds(10);

  private record Row(long id, String subject, String alternatives, String requester) {}

  private boolean behind = true;
  private long notBefore = System.nanoTime();

  /// True if there may be rows beyond the mark.
  boolean isBehind() {
    return behind;
  }

  void expectMore() {
    behind = true;
  }

  /// True if it is time to do something.
  ///
  /// @param othersWait whether transactions wait for the writer
  boolean isDue(boolean othersWait) {
    return behind && !othersWait && System.nanoTime() - notBefore >= 0;
  }

  void rest() {
    notBefore = System.nanoTime() + REST.toNanos();
  }

  /// Moves the mark on by some rows.
  void extend(Session session) throws SQLException {
    long start = System.nanoTime();
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
      session.update("UPDATE certificate_search_mark SET indexed_to = ?", rows.getLast().id());
      session.commit();
    }
    behind = rows.size() == ROWS_AT_A_TIME;
    long end = System.nanoTime();
    notBefore = end + (SHARE - 1) * (end - start);
  }

  /// Rows up to this one are in the index.
  static long mark(Session session) throws SQLException {
    return session
        .first(row -> row.getLong(1), "SELECT indexed_to FROM certificate_search_mark")
        .orElse(0L);
  }
}
