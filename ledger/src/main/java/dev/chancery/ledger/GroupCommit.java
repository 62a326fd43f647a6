package dev.chancery.ledger;

import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Conflict;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes transactions durable, as many as have come with one write to disk. One platform thread
/// owns a connection that writes; callers on any thread wait for it. After an error it opens the
/// database anew where that helps, so that the next transaction may succeed.
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /// Quiet for so long, the writer turns to its errands.
  private static final Duration IDLE = Duration.ofMillis(20);

  /// A commit that takes longer than this hangs.
  private static final Duration STUCK = Duration.ofSeconds(10);

  /// A part of an errand writes as much as so many transactions.
  private static final int TRANSACTIONS_LIKE_ERRAND = 10;

  /// How often transactions that got into others' way are tried again.
  private static final int MOST_ATTEMPTS = 12;

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

  private final Database database;
  private final CommitQueue queue;
  private final ChainEnd chain;
  private final List<Errand> errands;
  private final Optional<Checkpointer> checkpointer;
  private final Runnable whenReopened;
  private final Thread thread;

  private volatile boolean ended;
  private volatile long busySince;

  // What follows belongs to the writer's thread.
  private int lastBatch;
  private boolean committing;
  private Optional<Session> open;
  private Optional<Object> identity;

  private GroupCommit(
      Database database,
      CommitQueue queue,
      ChainEnd chain,
      Session session,
      Object identity,
      Runnable whenReopened) {
    this.database = database;
    this.queue = queue;
    this.chain = chain;
    this.open = Optional.of(session);
    this.identity = Optional.of(identity);
    this.errands = database.errands();
    this.checkpointer = database.checkpointer();
    this.whenReopened = whenReopened;
    this.thread = Thread.ofPlatform().name("ledger-writer").unstarted(this::run);
  }

  /// Opens a connection for writing.
  ///
  /// @param chain shared by all writers of the ledger
  /// @param whenReopened called by the writer after it has opened the database anew
  static GroupCommit open(
      Database database, CommitQueue queue, ChainEnd chain, Runnable whenReopened)
      throws SQLException {
    Object identity = identityOf(database);
    return new GroupCommit(database, queue, chain, database.openWriter(), identity, whenReopened);
  }

  private static Object identityOf(Database database) throws SQLException {
    return database
        .identity()
        .orElseThrow(() -> new SQLException("the database is gone: " + database.description()));
  }

  void start() {
    checkpointer.ifPresent(Checkpointer::start);
    thread.start();
  }

  boolean isStuck() {
    long busy = busySince;
    return busy != 0 && System.nanoTime() - busy > STUCK.toNanos();
  }

  boolean hasEnded() {
    return ended;
  }

  void join(Duration patience) throws InterruptedException {
    boolean _ = thread.join(patience);
  }

  private void run() {
    try {
      List<Submission> batch = new ArrayList<>();
      while (queue.isOpen()) {
        queue.next(patience()).ifPresent(batch::add);
        queue.gather(batch, lastBatch > 1);
        lastBatch = batch.size();
        batch.removeIf(submission -> !queue.take(submission));
        if (!batch.isEmpty()) {
          busySince = System.nanoTime();
          if (database.writers() > 1) {
            batch.sort(Comparator.comparing(Submission::contested));
          }
          write(batch);
          busySince = 0;
          batch.clear();
        }
        runErrand();
      }
    } catch (InterruptedException e) {
      LOG.atError().setCause(e).log("a writer of the ledger was interrupted and ends");
    } finally {
      checkpointer.ifPresent(Checkpointer::close);
      discard();
      ended = true;
      queue.ended();
    }
  }

  private Optional<Duration> patience() {
    return errands.stream().anyMatch(Errand::isBehind) ? Optional.of(IDLE) : Optional.empty();
  }

  /// Commits the batch; if it fails for what one of its transactions is, one by one.
  private void write(List<Submission> batch) {
    for (int attempt = 1; ; attempt++) {
      try {
        commitTogether(batch);
        queue.report(true);
        return;
      } catch (SQLException | RuntimeException e) {
        Database.Fault fault = recoverFrom(e);
        if (mayTryAgain(fault, attempt)) {
          pause(attempt);
          continue;
        }
        boolean ofTheDatabase =
            fault == Database.Fault.CONNECTION || fault == Database.Fault.DATABASE;
        if (batch.size() > 1 && !ofTheDatabase) {
          batch.forEach(submission -> write(List.of(submission)));
        } else {
          queue.report(!ofTheDatabase);
          batch.forEach(submission -> fail(submission, e));
        }
        return;
      }
    }
  }

  /// A connection that broke during the commit itself leaves open whether the batch was stored:
  /// then it must not be written again.
  private boolean mayTryAgain(Database.Fault fault, int attempt) {
    return switch (fault) {
      case COLLISION -> attempt < MOST_ATTEMPTS;
      case CONNECTION -> attempt == 1 && !committing;
      case TRANSACTION, DATABASE -> false;
    };
  }

  /// Longer each time, and of random length, so that two that collided do not collide again.
  private static void pause(int attempt) {
    long most = Math.min(LONGEST_PAUSE.toNanos(), Duration.ofMillis(1L << attempt).toNanos());
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(most / 2, most));
  }

  private void commitTogether(List<Submission> batch) throws SQLException {
    committing = false;
    Session session = session();
    ChainEnd.Turn turn = chain.begin(session);
    List<CommitResult> results = applyInTurn(session, batch, turn);
    boolean durable = false;
    try {
      if (!turn.mayCommit()) {
        throw new SQLTransientException(
            "the transactions before these were not committed", PostgresFaults.SERIALIZATION);
      }
      if (!database.identity().equals(identity)) {
        throw new SQLException("the database is gone: " + database.description());
      }
      committing = true;
      FaultPoint.BEFORE_COMMIT.reached();
      session.commit();
      FaultPoint.COMMITTED.reached();
      durable = true;
    } finally {
      turn.end(durable);
    }
    errands.forEach(Errand::committed);
    for (int i = 0; i < results.size(); i++) {
      batch.get(i).result().complete(results.get(i));
    }
    moveLog(session, results.size());
  }

  /// The batch is durable already, whatever becomes of this.
  private void moveLog(Session session, int transactions) {
    if (checkpointer.isPresent()) {
      try {
        checkpointer.get().committed(session, transactions);
      } catch (SQLException e) {
        LOG.atDebug().setCause(e).log("the ledger's log was not moved");
      }
    }
  }

  private static List<CommitResult> applyInTurn(
      Session session, List<Submission> batch, ChainEnd.Turn turn) throws SQLException {
    Optional<Applied> applied = Optional.empty();
    try {
      applied = apply(session, batch, turn.start(), false);
      if (applied.isEmpty()) {
        session.rollback();
        applied = apply(session, batch, turn.start(), true);
      }
      return applied.orElseThrow().results();
    } finally {
      applied.ifPresentOrElse(done -> turn.applied(done.end()), turn::abandon);
    }
  }

  /// What became of a batch that is not committed yet.
  private record Applied(List<CommitResult> results, AuditTable.Tail end) {}

  /// Begins a database transaction and carries the batch out in it. Savepoints cost as much as the
  /// rest, and are needed only where a transaction meets a conflict after it has changed something.
  /// Without them that ends the attempt.
  ///
  /// @return empty if it has to be taken back, and done with savepoints
  private static Optional<Applied> apply(
      Session session, List<Submission> batch, AuditTable.Tail start, boolean savepoints)
      throws SQLException {
    List<CommitResult> results = new ArrayList<>(batch.size());
    AuditTable.Tail end = start;
    // A round trip for each statement would cost more than the statement.
    boolean deferring = !savepoints && batch.size() > 1 && session.dialect() == Dialect.POSTGRESQL;
    session.begin();
    FaultPoint.BATCH_BEGUN.reached();
    for (Submission submission : batch) {
      Effect effect = apply(session, submission, end.sequence() + 1, savepoints, deferring);
      switch (effect) {
        case Effect.Halfway() -> {
          return Optional.empty();
        }
        case Effect.None(Conflict conflict) -> results.add(new CommitResult.Conflicted(conflict));
        case Effect.Whole() -> {
          FaultPoint.IN_BATCH.reached();
          if (submission.event().isPresent()) {
            Submission.Event event = submission.event().get();
            end = AuditTable.append(session, end, event.event(), event.details(), deferring);
          }
          results.add(new CommitResult.Committed(end.sequence()));
        }
      }
    }
    return deferring && !session.flush()
        ? Optional.empty()
        : Optional.of(new Applied(results, end));
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
      Session session, Submission submission, long sequence, boolean savepoints, boolean deferring)
      throws SQLException {
    if (savepoints) {
      session.run("SAVEPOINT changes");
    }
    Effect effect = new Effect.Whole();
    int done = 0;
    for (Write write : submission.writes()) {
      if (deferring && write instanceof Write.Single single) {
        // That it changes nothing shows in the end, and then all of the batch is done again.
        single.defer(session, sequence);
        done++;
        continue;
      }
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

  /// At most one, so that transactions that come meanwhile do not wait for two.
  private void runErrand() {
    for (Errand errand : errands) {
      if (errand.isDue(!queue.isEmpty())) {
        try {
          Session session = session();
          errand.run(session);
          moveLog(session, TRANSACTIONS_LIKE_ERRAND);
        } catch (SQLException | RuntimeException e) {
          errand.rest();
          Database.Fault _ = recoverFrom(e);
        }
        return;
      }
    }
  }

  private Session session() throws SQLException {
    if (open.isPresent()) {
      return open.get();
    }
    Object found = identityOf(database);
    Session session = database.openWriter();
    chain.forget();
    identity = Optional.of(found);
    open = Optional.of(session);
    checkpointer.ifPresent(Checkpointer::renew);
    whenReopened.run();
    LOG.atInfo().addKeyValue("database", database.description()).log("the ledger was opened anew");
    return session;
  }

  /// Takes back whatever of the batch is not committed; gives the connection up unless it is sound.
  private Database.Fault recoverFrom(Exception e) {
    Database.Fault fault = database.faultOf(e);
    switch (fault) {
      case COLLISION -> {
        LOG.atDebug().setCause(e).log("transactions collided");
        rollBack();
      }
      case TRANSACTION -> {
        warn(e);
        rollBack();
      }
      case CONNECTION, DATABASE -> {
        warn(e);
        discard();
      }
    }
    // Not before: the other writer may hold the chain's end, and wait for what this one had locked.
    chain.forget();
    return fault;
  }

  private void warn(Exception e) {
    LOG.atWarn()
        .addKeyValue("database", database.description())
        .setCause(e)
        .log("a ledger write failed");
  }

  private void rollBack() {
    try {
      if (open.isPresent()) {
        open.get().rollback();
      }
    } catch (SQLException e) {
      LOG.atWarn().setCause(e).log("a transaction could not be rolled back");
      discard();
    }
  }

  /// Closes the connection.
  void discard() {
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
}
