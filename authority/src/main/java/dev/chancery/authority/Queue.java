package dev.chancery.authority;

import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import java.util.Optional;

/// Keeps the requests that wait for an operator to a number that an operator can look through
/// (SCEP-208). Nobody who asks can fill it alone, unless it is a secret that many share. Two
/// requests at the same moment may go one over: the limit protects people and disk, not a secret.
final class Queue {
  /// Of one endpoint, unless the operator says otherwise. An enrollment day of a small fleet fits.
  private static final int PER_ENDPOINT = 1000;

  /// Of one holder of a certificate, each with a key of its own. A credential has its uses.
  static final int PER_HOLDER = 5;

  private static final String HOLDER = "certificate:";

  private final Ledger ledger;
  private volatile int perEndpoint = PER_ENDPOINT;

  Queue(Ledger ledger) {
    this.ledger = ledger;
  }

  /// Lets so many requests wait at one endpoint from now on.
  void use(int mostPerEndpoint) {
    perEndpoint = mostPerEndpoint;
  }

  void refuseIfFull(PendingRecord next) {
    if (next.requester().startsWith(HOLDER)) {
      int own = ledger.waitingRequests(next.endpoint(), Optional.of(next.requester()));
      if (own >= PER_HOLDER) {
        throw full(own + " requests of " + next.requester());
      }
    }
    int all = ledger.waitingRequests(next.endpoint(), Optional.empty());
    if (all >= perEndpoint) {
      throw full(all + " requests at " + next.endpoint());
    }
  }

  private static RefusedException full(String what) {
    return new RefusedException(
        Refusal.Code.RATE_LIMITED,
        what + " wait for a decision already",
        "come back when the operator has decided: chancery request list");
  }
}
