package dev.chancery.authority.ledger;

/// The audit entry stored at a place is not one: somebody has changed it beyond what could be read.
public final class UnreadableAuditEntryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long sequence;

  public UnreadableAuditEntryException(long sequence, Throwable cause) {
    super("audit entry " + sequence + " is not readable", cause);
    this.sequence = sequence;
  }

  /// The entry's place.
  public long sequence() {
    return sequence;
  }
}
