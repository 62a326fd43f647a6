package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Reads over the connections of a pool. The fair semaphore in front hands them out in the order of
/// arrival: without it, with many virtual threads, some wait for seconds. Thread-safe.
final class PooledReads implements Reads {
  /// After the database was restarted or another has taken its place, each connection of the pool
  /// fails once.
  private static final int MOST_ATTEMPTS = 3;

  private static final Duration RESPITE = Duration.ofSeconds(1);

  private final PostgresDatabase database;
  private final int size;
  private final Duration deadline;
  private final Semaphore permits;
  private final AtomicLong unreachableUntil = new AtomicLong(System.nanoTime());
  private volatile boolean closed;

  PooledReads(PostgresDatabase database, int size, Duration deadline) {
    this.database = database;
    this.size = size;
    this.deadline = deadline;
    this.permits = new Semaphore(size, true);
  }

  @Override
  public <T> T read(Read<T> read) {
    acquire();
    try {
      if (closed) {
        throw new LedgerUnavailableException("the ledger is closed");
      }
      return attempt(read);
    } finally {
      permits.release();
    }
  }

  private <T> T attempt(Read<T> read) {
    for (int attempt = 1; ; attempt++) {
      try (Session session = connected()) {
        return read.from(session);
      } catch (SQLException e) {
        boolean again =
            switch (PostgresFaults.of(e)) {
              case COLLISION, CONNECTION -> attempt < MOST_ATTEMPTS;
              case TRANSACTION, DATABASE -> false;
            };
        if (!again) {
          throw new LedgerUnavailableException("the ledger cannot be read", e);
        }
      }
    }
  }

  /// Opening waits for a while, in which another server may become the primary. Whoever comes soon
  /// after it failed does not wait again, else all would stand in line for the same answer.
  private Session connected() {
    if (System.nanoTime() - unreachableUntil.get() < 0) {
      throw new LedgerUnavailableException("the database could not be reached a moment ago");
    }
    try {
      return database.openReader();
    } catch (SQLException e) {
      unreachableUntil.set(System.nanoTime() + RESPITE.toNanos());
      throw new LedgerUnavailableException("the database cannot be reached", e);
    }
  }

  private void acquire() {
    try {
      if (!permits.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new LedgerUnavailableException("too many reads wait already");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerUnavailableException("interrupted while waiting to read", e);
    }
  }

  /// The pool itself finds out which of its connections still work.
  @Override
  public void renew() {}

  @Override
  public void close() {
    closed = true;
    permits.acquireUninterruptibly(size);
    permits.release(size);
  }
}
