package dev.chancery.authority;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.Transaction;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The requests that wait for an operator, and the operator's decisions. An approval issues
/// nothing: the certificate is made when the requester comes back, through the one door.
/// Thread-safe.
public final class PendingRequests {
  private final Ledger ledger;
  private final Clock clock;

  public PendingRequests(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /// Newest first.
  public List<PendingRecord> list(int limit) {
    return ledger.pendingRequests(limit);
  }

  /// Lets the request through when it comes back.
  ///
  /// @throws RefusedException if there is no such request, or it is decided already
  public void approve(Ticket ticket, String actor) {
    Instant now = clock.instant();
    move(
        ticket,
        new PendingRecord.State.Approved(now, actor),
        new AuditEvent(
            now, AuditEvent.Action.REQUEST_APPROVED, "", actor, Map.of("ticket", ticket.value())));
  }

  /// Refuses the request when it comes back.
  ///
  /// @param reason shown to the requester; may be empty
  /// @throws RefusedException if there is no such request, or it is decided already
  public void deny(Ticket ticket, String reason, String actor) {
    Instant now = clock.instant();
    move(
        ticket,
        new PendingRecord.State.Denied(now, actor, reason),
        new AuditEvent(
            now,
            AuditEvent.Action.REQUEST_DENIED,
            "",
            actor,
            Map.of("ticket", ticket.value(), "reason", reason)));
  }

  private void move(Ticket ticket, PendingRecord.State next, AuditEvent event) {
    if (ledger.commit(Transaction.of(event, new Change.MovePending(ticket, next)))
        instanceof CommitResult.Conflicted) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "no request " + ticket + " waits for a decision",
          "see chancery request list");
    }
  }
}
