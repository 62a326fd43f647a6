package dev.chancery.server.scep.intune;

import dev.chancery.server.scep.outbound.OutboundException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// One fetches, the others wait for what it brings, but no longer than a fetch may take: behind a
/// service that does not answer, no queue builds up.
final class Turn {
  private final ReentrantLock fetching = new ReentrantLock();
  private final Duration patience;

  Turn(Duration patience) {
    this.patience = patience;
  }

  /// What is done while it is one's turn.
  interface Work<T> {
    T run() throws OutboundException;
  }

  <T> T take(Work<T> work) throws OutboundException {
    try {
      if (!fetching.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new OutboundException(
            "timeout", "others wait for the same service already", "find out why it is slow");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutboundException("stopped", "this server is stopping", "");
    }
    try {
      return work.run();
    } finally {
      fetching.unlock();
    }
  }
}
