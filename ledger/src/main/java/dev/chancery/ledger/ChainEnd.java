package dev.chancery.ledger;

import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// The end of this node's audit chain, which its writers share. While one waits for the disk, the
/// next already continues where that one will have ended; it commits after it, and only if that one
/// did. So the chain has no gap and one order, whatever fails. Thread-safe.
final class ChainEnd {
  /// A batch's place in the chain.
  final class Turn {
    private final AuditTable.Tail start;
    private final CompletableFuture<Boolean> before;
    private final CompletableFuture<Boolean> committed = new CompletableFuture<>();

    private Turn(AuditTable.Tail start, CompletableFuture<Boolean> before) {
      this.start = start;
      this.before = before;
    }

    /// What the batch's first link follows.
    AuditTable.Tail start() {
      return start;
    }

    /// Lets the next batch begin: this one will end at `end` when it is committed. [#end] must
    /// follow.
    void applied(AuditTable.Tail end) {
      expected = Optional.of(end);
      last = committed;
      applying.unlock();
    }

    /// Lets the next batch begin in this one's place.
    void abandon() {
      applying.unlock();
    }

    /// Waits for the batch before. False if that was not committed, so that this one must not be.
    boolean mayCommit() {
      return before.join();
    }

    /// Says what became of the batch.
    void end(boolean durable) {
      committed.complete(durable);
    }
  }

  /// Held from the reading of the end until a batch is applied.
  private final ReentrantLock applying = new ReentrantLock(true);

  private Optional<AuditTable.Tail> expected = Optional.empty();
  private CompletableFuture<Boolean> last = CompletableFuture.completedFuture(true);

  /// Waits until the batch before is applied. [Turn#applied] or [Turn#abandon] must follow.
  ///
  /// @param session reads the chain's end, if it is not known
  Turn begin(Session session) throws SQLException {
    applying.lock();
    boolean begun = false;
    try {
      if (expected.isEmpty() || (last.isDone() && !last.join())) {
        // What is under way comes to its end, one way or the other.
        boolean _ = last.join();
        expected = Optional.of(AuditTable.tail(session));
        last = CompletableFuture.completedFuture(true);
      }
      Turn turn = new Turn(expected.get(), last);
      begun = true;
      return turn;
    } finally {
      if (!begun) {
        applying.unlock();
      }
    }
  }

  /// Has the end read again before it is used: another database may be in the old one's place.
  void forget() {
    applying.lock();
    try {
      expected = Optional.empty();
    } finally {
      applying.unlock();
    }
  }
}
