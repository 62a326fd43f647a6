package dev.chancery.ledger;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Transaction;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/// A transaction on its way to the writer, with the caller that waits for what becomes of it.
/// Either the writer takes it or the caller gives it up, never both.
final class Submission {
  /// The event and its details as they will stand in the column.
  record Event(AuditEvent event, String details) {}

  private enum State {
    WAITING,
    TAKEN,
    GIVEN_UP
  }

  private final String contested;
  private final List<Write> writes;
  private final Optional<Event> event;
  private final boolean changesBeforeConflict;
  private final CompletableFuture<CommitResult> result = new CompletableFuture<>();
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  private Submission(
      String contested, List<Write> writes, Optional<Event> event, boolean changesBeforeConflict) {
    this.contested = contested;
    this.writes = writes;
    this.event = event;
    this.changesBeforeConflict = changesBeforeConflict;
  }

  static Submission of(Transaction transaction) {
    List<Change> changes = transaction.changes();
    return new Submission(
        changes.stream()
            .filter(Change.UseCredential.class::isInstance)
            .map(use -> ((Change.UseCredential) use).id())
            .findFirst()
            .orElse(""),
        changes.stream().map(Write::of).toList(),
        Optional.of(new Event(transaction.event(), Columns.details(transaction.event().details()))),
        changes.stream()
            .anyMatch(change ->
                change instanceof Change.AddPending || change instanceof Change.LimitNames));
  }

  /// One that leaves no trace in the audit, to see whether the writer works.
  static Submission trial(Write... writes) {
    return new Submission("", List.of(writes), Optional.empty(), false);
  }

  /// The row that others may want to change too: transactions that lock such rows in the same order
  /// do not wait for each other in a circle. Empty if there is none.
  String contested() {
    return contested;
  }

  List<Write> writes() {
    return writes;
  }

  Optional<Event> event() {
    return event;
  }

  /// True if one change alone may have written something when it meets a conflict.
  boolean changesBeforeConflict() {
    return changesBeforeConflict;
  }

  CompletableFuture<CommitResult> result() {
    return result;
  }

  /// For the writer. False if nobody waits for it any more.
  boolean take() {
    return state.compareAndSet(State.WAITING, State.TAKEN);
  }

  /// For the caller. False if the writer has it already.
  boolean giveUp() {
    return state.compareAndSet(State.WAITING, State.GIVEN_UP);
  }
}
