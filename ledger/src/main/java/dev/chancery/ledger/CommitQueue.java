package dev.chancery.ledger;

import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.ledger.Transaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/// Where transactions wait for one of the writers, and their callers for what becomes of them.
/// Thread-safe.
final class CommitQueue implements AutoCloseable {
  private static final int CAPACITY = 16_384;

  /// How long a writer waits for more under load: well below what a request takes then anyway.
  private static final Duration GATHERING = Duration.ofMillis(2);

  private static final Duration CLOSING = Duration.ofMillis(20);

  private static final Duration TRIAL_DEADLINE = Duration.ofSeconds(2);

  private final Database database;
  private final int transactionsPerBatch;
  private final Duration deadline;
  private final BlockingQueue<Submission> queue = new ArrayBlockingQueue<>(CAPACITY);
  private final Submission stop = Submission.trial();
  private final List<GroupCommit> writers = new ArrayList<>();

  private volatile boolean closing;
  private volatile boolean finished;
  private volatile boolean healthy = true;

  private CommitQueue(Database database, int transactionsPerBatch, Duration deadline) {
    this.database = database;
    this.transactionsPerBatch = transactionsPerBatch;
    this.deadline = deadline;
  }

  /// Opens the connections for writing and starts the writers.
  ///
  /// @param transactionsPerBatch how many at most share a write to disk
  /// @param deadline how long a caller waits
  /// @param whenReopened called by a writer after it has opened the database anew
  static CommitQueue start(
      Database database, int transactionsPerBatch, Duration deadline, Runnable whenReopened)
      throws SQLException {
    CommitQueue queue = new CommitQueue(database, transactionsPerBatch, deadline);
    ChainEnd chain = new ChainEnd();
    boolean started = false;
    try {
      for (int i = 0; i < database.writers(); i++) {
        queue.writers.add(GroupCommit.open(database, queue, chain, whenReopened));
      }
      queue.writers.forEach(GroupCommit::start);
      started = true;
      return queue;
    } finally {
      if (!started) {
        queue.writers.forEach(GroupCommit::discard);
      }
    }
  }

  /// Hands a transaction to the writers and waits until it is durable.
  CommitResult commit(Transaction transaction) {
    return await(Submission.of(transaction), deadline);
  }

  /// The same for a change that leaves no trace in the audit.
  void carryOut(Write write) {
    CommitResult _ = await(Submission.trial(write), deadline);
  }

  /// Has a writer look at its errands. If the queue is full, it will anyway.
  void wake() {
    boolean _ = queue.offer(Submission.trial());
  }

  /// True if the last commit succeeded, or else a trial one succeeds now.
  boolean isWritable() {
    if (closing || writers.stream().anyMatch(GroupCommit::isStuck) || !database.seemsWritable()) {
      return false;
    }
    if (healthy) {
      return true;
    }
    try {
      CommitResult _ = await(Submission.trial(NodeTables.rewrite(database.node())), TRIAL_DEADLINE);
      return true;
    } catch (LedgerUnavailableException e) {
      return false;
    }
  }

  private CommitResult await(Submission submission, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    if (closing) {
      throw new LedgerUnavailableException("the ledger is closed");
    }
    try {
      if (!queue.offer(submission, patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new LedgerUnavailableException("too many transactions wait already");
      }
      // The writers may have emptied the queue for the last time just before.
      if (finished && submission.giveUp()) {
        throw new LedgerUnavailableException("the ledger is closed");
      }
      return submission.result().get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw givenUp(submission, "interrupted while waiting for the commit", e);
    } catch (TimeoutException e) {
      throw givenUp(submission, "the commit took longer than " + patience, e);
    } catch (ExecutionException e) {
      throw new LedgerUnavailableException("the transaction could not be written", e);
    }
  }

  private static LedgerUnavailableException givenUp(
      Submission submission, String why, Exception cause) {
    return new LedgerUnavailableException(
        why + (submission.giveUp() ? "; nothing was stored" : "; it may have been stored"), cause);
  }

  // What follows is for the writers.

  /// True while there is, or may come, something to write.
  boolean isOpen() {
    return !closing || !queue.isEmpty();
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /// The next one.
  ///
  /// @param patience how long to wait for it; empty for as long as it takes
  Optional<Submission> next(Optional<Duration> patience) throws InterruptedException {
    return patience.isPresent()
        ? Optional.ofNullable(queue.poll(patience.get().toMillis(), TimeUnit.MILLISECONDS))
        : Optional.of(queue.take());
  }

  /// Adds what waits to `batch`.
  ///
  /// @param moreComes whether a moment's wait is worth while: when several transactions came
  ///   together the last time, more are on their way, and share one write. A transaction that is
  ///   alone never waits.
  void gather(List<Submission> batch, boolean moreComes) {
    if (moreComes && !closing) {
      LockSupport.parkNanos(GATHERING.toNanos());
    }
    queue.drainTo(batch, transactionsPerBatch - batch.size());
  }

  /// False if nobody waits for it any more.
  boolean take(Submission submission) {
    return submission != stop && submission.take();
  }

  /// Says whether the last commit of some writer succeeded.
  void report(boolean success) {
    healthy = success;
  }

  /// Called by a writer when it ends.
  void ended() {
    closing = true;
    if (writers.stream().allMatch(GroupCommit::hasEnded)) {
      finished = true;
      for (Submission left = queue.poll(); left != null; left = queue.poll()) {
        left.result().completeExceptionally(new SQLException("the ledger is closed"));
      }
    }
  }

  /// Writes what waits, and stops the writers.
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    while (!writers.stream().allMatch(GroupCommit::hasEnded)) {
      try {
        // One of them may wait for it.
        if (queue.offer(stop, CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
          for (GroupCommit writer : writers) {
            writer.join(CLOSING);
          }
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
