package dev.chancery.authority.ledger;

import dev.chancery.authority.audit.AuditEvent;
import java.util.List;

/// Changes that happen together with their audit event, or not at all.
///
/// @param changes in the order in which they are applied; may be empty (a refusal is only an event)
public record Transaction(List<Change> changes, AuditEvent event) {
  public Transaction {
    changes = List.copyOf(changes);
  }

  public static Transaction of(AuditEvent event, Change... changes) {
    return new Transaction(List.of(changes), event);
  }
}
