package dev.chancery.ledger;

import java.sql.SQLException;
import java.time.Duration;

/// What the writer of a database does of its own accord, a little at a time, while nobody waits for
/// it. Others may set an errand; all else belongs to the writer's thread.
abstract sealed class Errand permits SearchIndex, ExpiredCertificates, TrigramBacklog {
  /// Under load that never pauses, an errand gets one tenth of the writer's time.
  private static final int SHARE = 10;

  /// After an error.
  private static final Duration REST = Duration.ofSeconds(10);

  private final Duration pause;
  private volatile boolean behind;
  private long notBefore = System.nanoTime();

  /// @param behind whether there is something to do from the start
  /// @param pause at least so long from one part to the next: what comes one by one meanwhile is
  ///   done, and written to disk, together
  Errand(boolean behind, Duration pause) {
    this.behind = behind;
    this.pause = pause;
  }

  /// True if there may be something left to do.
  final boolean isBehind() {
    return behind;
  }

  final void expectMore() {
    behind = true;
  }

  /// Transactions were committed.
  void committed() {}

  /// True if it is time to do something.
  ///
  /// @param othersWait whether transactions wait for the writer
  final boolean isDue(boolean othersWait) {
    return behind && !othersWait && System.nanoTime() - notBefore >= 0;
  }

  /// What was begun is taken back, and tried again later.
  final void rest() {
    behind = true;
    notBefore = System.nanoTime() + REST.toNanos();
  }

  /// Does a part of it, in a transaction of its own, and says when the next one may come.
  final void run(Session session) throws SQLException {
    long start = System.nanoTime();
    // Before: more may be expected meanwhile.
    behind = false;
    if (step(session)) {
      behind = true;
    }
    long end = System.nanoTime();
    notBefore = end + Math.max(pause.toNanos(), (SHARE - 1) * (end - start));
  }

  /// Does a part of it.
  ///
  /// @return whether there may be more
  abstract boolean step(Session session) throws SQLException;
}
