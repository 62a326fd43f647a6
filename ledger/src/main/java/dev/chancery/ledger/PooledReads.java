package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Reads over the connections of a pool. The fair semaphore in front hands them out in the order of
/// arrival: without it, with many virtual threads, some wait for seconds. Thread-safe.
final class PooledReads implements Reads {
  /// After the database was restarted or another has taken its place, each connection of the pool
  /// fails once.
  private static final int MOST_ATTEMPTS = 3;

  private final PostgresDatabase database;
  private final int size;
  private final Duration deadline;
  private final Semaphore permits;
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
      try (Session session = database.openReader()) {
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
