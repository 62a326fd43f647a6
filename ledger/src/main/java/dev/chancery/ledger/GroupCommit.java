package dev.chancery.ledger;

import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/// Makes transactions durable, as many as have come with one write to disk. One platform thread
/// owns the connection that writes and the end of the audit chain; callers on any thread wait for
/// it. After an error it opens the database anew, so that the next transaction may succeed.
final class GroupCommit implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  private static final int QUEUE_CAPACITY = 16_384;

  /// How long the writer waits for more under load: well below what a request takes then anyway.
  private static final Duration GATHERING = Duration.ofMillis(2);

  /// Quiet for so long, the writer turns to the search index.
  private static final Duration IDLE = Duration.ofMillis(20);

  /// A commit that takes longer than this hangs.
  private static final Duration STUCK = Duration.ofSeconds(10);

  private static final Duration TRIAL_DEADLINE = Duration.ofSeconds(2);

  private final SqliteFile file;
  private final SqliteSettings settings;
  private final SearchIndex searchIndex;
  private final Runnable whenReopened;
  private final BlockingQueue<Submission> queue = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
  private final Submission stop = Submission.trial();
  private final Thread thread;

  private volatile boolean closing;
  private volatile boolean finished;
  private volatile boolean healthy = true;
  private volatile long busySince;

  // What follows belongs to the writer's thread.
  private int lastBatch;
  private Optional<Session> open;
  private Object identity;
  private AuditTable.Tail tail;

  private GroupCommit(
      SqliteFile file, SqliteSettings settings, Session session, Object identity, Runnable reopened)
      throws SQLException {
    this.file = file;
    this.settings = settings;
    this.open = Optional.of(session);
    this.identity = identity;
    this.tail = AuditTable.tail(session);
    this.searchIndex = new SearchIndex();
    this.whenReopened = reopened;
    this.thread = Thread.ofPlatform().name("ledger-writer").unstarted(this::run);
  }

  /// Opens the writing connection and starts the writer.
  ///
  /// @param whenReopened called by the writer after it has opened the database anew
  static GroupCommit start(SqliteFile file, SqliteSettings settings, Runnable whenReopened)
      throws SQLException {
    Object identity =
        file.identity()
            .orElseThrow(() -> new SQLException("the database file is gone: " + file.path()));
    GroupCommit writer = new GroupCommit(file, settings, file.openWriter(), identity, whenReopened);
    writer.thread.start();
    return writer;
  }

  /// Hands a transaction to the writer and waits until it is durable.
  CommitResult commit(Transaction transaction) {
    return await(Submission.of(transaction), settings.deadline());
  }

  /// True if the last commit succeeded, or else a trial one succeeds now.
  boolean isWritable() {
    long busy = busySince;
    if (closing || (busy != 0 && System.nanoTime() - busy > STUCK.toNanos())) {
      return false;
    }
    if (healthy) {
      return file.identity().isPresent();
    }
    try {
      await(Submission.trial(SearchIndex.rewriteMark()), TRIAL_DEADLINE);
      return true;
    } catch (LedgerUnavailableException e) {
      return false;
    }
  }

  private CommitResult await(Submission submission, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    if (closing) {
      throw new LedgerUnavailableException("the ledger is closed");
    }
    try {
      if (!queue.offer(submission, deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new LedgerUnavailableException("too many transactions wait already");
      }
      // The writer may have emptied the queue for the last time just before.
      if (finished && submission.giveUp()) {
        throw new LedgerUnavailableException("the ledger is closed");
      }
      return submission.result().get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw givenUp(submission, "interrupted while waiting for the commit", e);
    } catch (TimeoutException e) {
      throw givenUp(submission, "the commit took longer than " + deadline, e);
    } catch (ExecutionException e) {
      throw new LedgerUnavailableException("the transaction could not be written", e);
    }
  }

  private static LedgerUnavailableException givenUp(
      Submission submission, String why, Exception cause) {
    return new LedgerUnavailableException(
        why + (submission.giveUp() ? "; nothing was stored" : "; it may have been stored"), cause);
  }

  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        if (queue.offer(stop, IDLE.toMillis(), TimeUnit.MILLISECONDS)) {
          thread.join();
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      List<Submission> batch = new ArrayList<>();
      while (!closing || !queue.isEmpty()) {
        next().ifPresent(batch::add);
        gather(batch);
        batch.removeIf(submission -> submission == stop || !submission.take());
        if (!batch.isEmpty()) {
          busySince = System.nanoTime();
          write(batch);
          busySince = 0;
          batch.clear();
        }
        extendSearchIndex();
      }
    } catch (InterruptedException e) {
      LOG.atError().setCause(e).log("the ledger's writer was interrupted and ends");
    } finally {
      closing = true;
      finished = true;
      for (Submission left = queue.poll(); left != null; left = queue.poll()) {
        fail(left, new SQLException("the ledger is closed"));
      }
      discard();
    }
  }

  private Optional<Submission> next() throws InterruptedException {
    return searchIndex.isBehind()
        ? Optional.ofNullable(queue.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS))
        : Optional.of(queue.take());
  }

  /// Takes what waits. When several transactions came together the last time, more are on their
  /// way: a moment's wait makes them share one write. A transaction that is alone never waits.
  private void gather(List<Submission> batch) {
    if (lastBatch > 1 && !closing) {
      LockSupport.parkNanos(GATHERING.toNanos());
    }
    queue.drainTo(batch, settings.transactionsPerBatch() - batch.size());
    lastBatch = batch.size();
  }

  /// Commits the batch; if it fails for what one of its transactions is, one by one.
  private void write(List<Submission> batch) {
    try {
      commitTogether(batch);
      healthy = true;
    } catch (SQLException | RuntimeException e) {
      recoverFrom(e);
      if (batch.size() > 1 && !isOfTheDatabase(e)) {
        batch.forEach(submission -> write(List.of(submission)));
      } else {
        healthy = !isOfTheDatabase(e);
        batch.forEach(submission -> fail(submission, e));
      }
    }
  }

  private void commitTogether(List<Submission> batch) throws SQLException {
    Session session = session();
    Optional<Applied> applied = apply(session, batch, false);
    if (applied.isEmpty()) {
      session.run("ROLLBACK");
      applied = apply(session, batch, true);
    }
    List<CommitResult> results = applied.orElseThrow().results();
    if (!file.identity().equals(Optional.of(identity))) {
      throw new SQLException("the database file is gone: " + file.path());
    }
    FaultPoint.BEFORE_COMMIT.reached();
    session.run("COMMIT");
    FaultPoint.COMMITTED.reached();
    tail = applied.orElseThrow().end();
    searchIndex.expectMore();
    for (int i = 0; i < results.size(); i++) {
      batch.get(i).result().complete(results.get(i));
    }
  }

  /// What became of a batch that is not committed yet.
  private record Applied(List<CommitResult> results, AuditTable.Tail end) {}

  /// Begins a database transaction and carries the batch out in it. Savepoints cost as much as the
  /// rest, and are needed only where a transaction meets a conflict after it has changed something.
  /// Without them that ends the attempt.
  ///
  /// @return empty if it has to be taken back, and done with savepoints
  private Optional<Applied> apply(Session session, List<Submission> batch, boolean savepoints)
      throws SQLException {
    List<CommitResult> results = new ArrayList<>(batch.size());
    AuditTable.Tail end = tail;
    session.run("BEGIN IMMEDIATE");
    FaultPoint.BATCH_BEGUN.reached();
    for (Submission submission : batch) {
      Effect effect = apply(session, submission, end.sequence() + 1, savepoints);
      switch (effect) {
        case Effect.Halfway() -> {
          return Optional.empty();
        }
        case Effect.None(Conflict conflict) -> results.add(new CommitResult.Conflicted(conflict));
        case Effect.Whole() -> {
          FaultPoint.IN_BATCH.reached();
          if (submission.event().isPresent()) {
            Submission.Event event = submission.event().get();
            end = AuditTable.append(session, end, event.event(), event.details());
          }
          results.add(new CommitResult.Committed(end.sequence()));
        }
      }
    }
    return Optional.of(new Applied(results, end));
  }

  /// How far a transaction came.
  private sealed interface Effect {
    /// All of it.
    record Whole() implements Effect {}

    /// A conflict, and nothing was changed.
    record None(Conflict conflict) implements Effect {}

    /// A conflict after something was changed.
    record Halfway() implements Effect {}
  }

  private static Effect apply(
      Session session, Submission submission, long sequence, boolean savepoints)
      throws SQLException {
    if (savepoints) {
      session.run("SAVEPOINT changes");
    }
    Effect effect = new Effect.Whole();
    int done = 0;
    for (Write write : submission.writes()) {
      Optional<Conflict> conflict = write.apply(session, sequence);
      if (conflict.isPresent()) {
        boolean clean = savepoints || (done == 0 && !submission.changesBeforeConflict());
        effect = clean ? new Effect.None(conflict.get()) : new Effect.Halfway();
        break;
      }
      done++;
    }
    if (savepoints) {
      if (effect instanceof Effect.None) {
        session.run("ROLLBACK TO changes");
      }
      session.run("RELEASE changes");
    }
    return effect;
  }

  private void extendSearchIndex() {
    if (!searchIndex.isDue(!queue.isEmpty())) {
      return;
    }
    try {
      searchIndex.extend(session());
    } catch (SQLException | RuntimeException e) {
      searchIndex.rest();
      recoverFrom(e);
    }
  }

  private Session session() throws SQLException {
    if (open.isPresent()) {
      return open.get();
    }
    Object found =
        file.identity()
            .orElseThrow(() -> new SQLException("the database file is gone: " + file.path()));
    Session session = file.openWriter();
    try {
      tail = AuditTable.tail(session);
    } catch (SQLException e) {
      session.close();
      throw e;
    }
    identity = found;
    open = Optional.of(session);
    whenReopened.run();
    LOG.atInfo().addKeyValue("file", file.path()).log("the ledger was opened anew");
    return session;
  }

  /// Gives the connection up, and with it whatever of the batch is not committed.
  private void recoverFrom(Exception e) {
    LOG.atWarn().addKeyValue("file", file.path()).setCause(e).log("a ledger write failed");
    discard();
  }

  private void discard() {
    open.ifPresent(session -> {
      try {
        session.close();
      } catch (SQLException e) {
        LOG.atWarn().setCause(e).log("the ledger's connection could not be closed");
      }
    });
    open = Optional.empty();
  }

  private static void fail(Submission submission, Exception e) {
    submission.result().completeExceptionally(e);
  }

  /// True if it says something about disk or database, hence about every transaction; else it is
  /// one transaction's own fault.
  private static boolean isOfTheDatabase(Exception e) {
    if (!(e instanceof SQLException sql)) {
      return false;
    }
    // The primary code; an SQLException of our own has code 0.
    int code = sql.getErrorCode() & 0xff;
    return code != SQLiteErrorCode.SQLITE_CONSTRAINT.code
        && code != SQLiteErrorCode.SQLITE_TOOBIG.code
        && code != SQLiteErrorCode.SQLITE_MISMATCH.code
        && code != SQLiteErrorCode.SQLITE_RANGE.code;
  }
}
