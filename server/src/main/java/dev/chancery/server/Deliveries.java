package dev.chancery.server;

import dev.chancery.authority.ledger.Collected;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gathers which certificates have reached somebody, and tells the ledger of many at a time: no
/// request waits for it (SCEP-097). What is not told when the server dies counts as not collected,
/// which is the safe side. Thread-safe.
final class Deliveries implements Consumer<List<Collected>>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

  /// Some minutes of what one machine can issue; more are not remembered while the ledger is away.
  private static final int MOST = 200_000;

  /// A millisecond's work: the transactions that come meanwhile wait for it.
  private static final int AT_A_TIME = 64;

  private final LinkedBlockingQueue<Collected> waiting = new LinkedBlockingQueue<>(MOST);
  private final Ledger ledger;
  private final Clock clock;

  Deliveries(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  @Override
  public void accept(List<Collected> certificates) {
    for (Collected one : certificates) {
      if (!waiting.offer(one)) {
        LOG.warn("too many deliveries wait to be recorded; some count as not collected");
        return;
      }
    }
  }

  /// Tells the ledger what there is to tell.
  void record() {
    List<Collected> some = new ArrayList<>(AT_A_TIME);
    while (waiting.drainTo(some, AT_A_TIME) > 0) {
      try {
        ledger.collected(some, clock.instant());
      } catch (LedgerUnavailableException e) {
        // Again at the next turn; to record one twice does no harm.
        accept(some);
        throw e;
      }
      some.clear();
    }
  }

  /// Tells the rest.
  @Override
  public void close() {
    try {
      record();
    } catch (LedgerUnavailableException e) {
      LOG.atWarn()
          .setCause(e)
          .log("the last deliveries were not recorded; they count as not collected");
    }
  }
}
