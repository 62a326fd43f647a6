package dev.chancery.ledger;

import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// A few connections to an SQLite file for reading, kept open. The semaphore is fair: with many
/// virtual threads, an unfair one lets some wait for seconds. Thread-safe.
final class ReadSessions implements Reads {
  private record Idle(Session session, long generation) {}

  private final SqliteFile file;
  private final int size;
  private final Duration deadline;
  private final Semaphore permits;
  private final Deque<Idle> idle = new ConcurrentLinkedDeque<>();
  private final AtomicLong generation = new AtomicLong();
  private volatile boolean closed;

  ReadSessions(SqliteFile file, int size, Duration deadline) {
    this.file = file;
    this.size = size;
    this.deadline = deadline;
    this.permits = new Semaphore(size, true);
  }

  @Override
  public <T> T read(Read<T> read) {
    acquire();
    try {
      return readWithPermit(read);
    } finally {
      permits.release();
    }
  }

  private <T> T readWithPermit(Read<T> read) {
    if (closed) {
      throw new LedgerUnavailableException("the ledger is closed");
    }
    long current = generation.get();
    Idle used = null;
    try {
      used = idleOrNew(current);
      T result = read.from(used.session());
      idle.push(used);
      return result;
    } catch (SQLException e) {
      if (used != null) {
        discard(used);
      }
      throw new LedgerUnavailableException("the ledger cannot be read", e);
    } catch (RuntimeException e) {
      // The reader's own; the connection is sound.
      if (used != null) {
        idle.push(used);
      }
      throw e;
    }
  }

  private Idle idleOrNew(long current) throws SQLException {
    for (Idle free = idle.poll(); free != null; free = idle.poll()) {
      if (free.generation() == current) {
        return free;
      }
      discard(free);
    }
    return new Idle(file.openReader(), current);
  }

  @Override
  public void renew() {
    generation.incrementAndGet();
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

  private static void discard(Idle used) {
    try {
      used.session().close();
    } catch (SQLException e) {
      throw new LedgerUnavailableException("a connection could not be closed", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    permits.acquireUninterruptibly(size);
    for (Idle free = idle.poll(); free != null; free = idle.poll()) {
      discard(free);
    }
    permits.release(size);
  }
}
