package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Moves what waits to enter PostgreSQL's trigram index ([TrigramIndex]) into it. Otherwise some
/// enrollment does, whichever finds too much waiting, and all others wait for it meanwhile. It is
/// one writer's errand, beside the transactions of the other.
final class TrigramBacklog extends Errand {
  /// For the sessions that write: how much waits, in kilobytes, before a transaction has to move it
  /// after all. Some seconds' worth.
  static final String LIMIT = "SET gin_pending_list_limit = 32768";

  /// Each month's index, as far as this node may do that.
  private static final String MOVE =
      "SELECT gin_clean_pending_list(CAST(month.oid AS regclass)) FROM pg_inherits i"
          + " JOIN pg_class whole ON whole.oid = i.inhparent"
          + " JOIN pg_class month ON month.oid = i.inhrelid"
          + " JOIN pg_namespace n ON n.oid = whole.relnamespace"
          + " WHERE whole.relname = 'certificates_by_text' AND n.nspname = current_schema()"
          + " AND pg_has_role(month.relowner, 'USAGE')";

  /// Much is moved nearly as quickly as little: most names share most of their trigrams.
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final AtomicLong lastTurn;

  /// @param lastTurn shared by the writers: when one of them did it last, by [System#nanoTime]
  TrigramBacklog(AtomicLong lastTurn) {
    super(true, PAUSE);
    this.lastTurn = lastTurn;
  }

  @Override
  void committed() {
    expectMore();
  }

  @Override
  boolean step(Session session) throws SQLException {
    long last = lastTurn.get();
    long now = System.nanoTime();
    if (now - last < PAUSE.toNanos() || !lastTurn.compareAndSet(last, now)) {
      return true;
    }
    session.list(row -> row.getLong(1), MOVE);
    session.commit();
    return false;
  }
}
