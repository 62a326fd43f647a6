package dev.chancery.authority.ledger;

/// What became of a transaction.
public sealed interface CommitResult {
  /// All of it is on disk and survives a power cut.
  ///
  /// @param auditSequence the place of its event in the audit chain
  record Committed(long auditSequence) implements CommitResult {}

  /// None of it was stored, nor its audit event.
  record Conflicted(Conflict conflict) implements CommitResult {}
}
