package dev.chancery.authority;

import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import java.util.List;

/// Keeps the requests that wait for an operator to a number that an operator can look through
/// (SCEP-208). Nobody who asks can fill it alone, unless it is a secret that many share. Two
/// requests at the same moment may go one over: the limit protects people and disk, not a secret.
final class Queue {
  /// Of one endpoint. An enrollment day of a small fleet fits.
  static final int PER_ENDPOINT = 1000;

  /// Of one holder of a certificate, each with a key of its own. A credential has its uses.
  static final int PER_HOLDER = 5;

  private static final String HOLDER = "certificate:";

  private final Ledger ledger;

  Queue(Ledger ledger) {
    this.ledger = ledger;
  }

  void refuseIfFull(PendingRecord next) {
    List<PendingRecord> waiting =
        ledger.pendingRequests(2 * PER_ENDPOINT).stream()
            .filter(record -> record.state() instanceof PendingRecord.State.Waiting)
            .filter(record -> record.endpoint().equals(next.endpoint()))
            .toList();
    long ofRequester =
        waiting.stream().filter(record -> record.requester().equals(next.requester())).count();
    if (next.requester().startsWith(HOLDER) && ofRequester >= PER_HOLDER) {
      throw full(ofRequester + " requests of " + next.requester());
    }
    if (waiting.size() >= PER_ENDPOINT) {
      throw full(waiting.size() + " requests at " + next.endpoint());
    }
  }

  private static RefusedException full(String what) {
    return new RefusedException(
        Refusal.Code.RATE_LIMITED,
        what + " wait for a decision already",
        "come back when the operator has decided: chancery request list");
  }
}
