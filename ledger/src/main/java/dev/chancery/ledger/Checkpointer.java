package dev.chancery.ledger;

import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves SQLite's log into the database beside the writer, on a thread and a connection of its own:
/// inside a commit it would make every request wait that comes meanwhile. What is committed while
/// it is at work remains for the writer, which moves that little, so that the log can begin anew.
/// Nobody may interrupt the thread: that would close the database's file under it.
final class Checkpointer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

  /// 64 MB of log: each page of an index is written once for many transactions.
  private static final int PAGES = 16_000;

  /// Where this thread does not keep up, or has no connection, the writer itself moves the log.
  static final int PAGES_BEFORE_WRITER = 8 * PAGES;

  /// They put far less than [#PAGES] into the log.
  private static final int TRANSACTIONS_BETWEEN_LOOKS = 100;

  private static final String LOOK = "PRAGMA wal_checkpoint(NOOP)";
  private static final String MOVE = "PRAGMA wal_checkpoint(PASSIVE)";

  private final SqliteFile file;
  private final Thread thread =
      Thread.ofPlatform().name("ledger-log").daemon().unstarted(this::run);

  private final Semaphore worthLooking = new Semaphore(0);

  private volatile boolean closing;
  private volatile boolean renew;
  private volatile boolean littleLeft;

  // Belongs to the writer's thread.
  private int sinceLook;

  Checkpointer(SqliteFile file) {
    this.file = file;
  }

  void start() {
    thread.start();
  }

  /// For the writer, after each commit.
  ///
  /// @param transactions how many it made durable, or what counts as so many
  void committed(Session writer, int transactions) throws SQLException {
    sinceLook += transactions;
    if (sinceLook >= TRANSACTIONS_BETWEEN_LOOKS) {
      sinceLook = 0;
      worthLooking.release();
    }
    if (littleLeft) {
      littleLeft = false;
      writer.configure(MOVE);
    }
  }

  /// The database has been opened anew: another file may be in its place.
  void renew() {
    renew = true;
  }

  private void run() {
    Optional<Session> open = Optional.empty();
    while (isWorthLooking()) {
      try {
        if (renew) {
          renew = false;
          close(open);
          open = Optional.empty();
        }
        if (open.isEmpty()) {
          open = Optional.of(file.openCheckpointer());
        }
        moveIfDue(open.get());
      } catch (SQLException e) {
        // The writer meets the same, and says so. It moves the log itself if this goes on.
        LOG.atDebug().setCause(e).log("the ledger's log was not moved");
        renew = true;
      }
    }
    close(open);
  }

  /// Waits until it is, or the ledger is being closed.
  private boolean isWorthLooking() {
    worthLooking.acquireUninterruptibly();
    worthLooking.drainPermits();
    return !closing;
  }

  private void moveIfDue(Session session) throws SQLException {
    if (waiting(session) > PAGES) {
      // What comes in the meantime is less, and what comes while that is moved less again.
      move(session);
      move(session);
      littleLeft = true;
    }
  }

  /// SQLite leaves it to whoever moves the log's last page to bring all of them to disk: that would
  /// be the writer, and a tenth of a second.
  private void move(Session session) throws SQLException {
    session.configure(MOVE);
    file.force();
  }

  /// Pages that are in the log only.
  private static long waiting(Session session) throws SQLException {
    return session.first(row -> row.getLong(2) - row.getLong(3), LOOK).orElseThrow();
  }

  private static void close(Optional<Session> open) {
    try {
      if (open.isPresent()) {
        open.get().close();
      }
    } catch (SQLException e) {
      LOG.atWarn().setCause(e).log("a connection to the ledger could not be closed");
    }
  }

  /// Ends the thread and closes its connection.
  @Override
  public void close() {
    closing = true;
    worthLooking.release();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
