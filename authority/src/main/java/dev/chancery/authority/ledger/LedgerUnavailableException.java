package dev.chancery.authority.ledger;

/// The ledger cannot read or write now: disk full, database gone, shutting down. Nothing of the
/// transaction was stored, or, when the cut came during the commit itself, it may have been; the
/// same request again finds out which.
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LedgerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  public LedgerUnavailableException(String message) {
    super(message);
  }
}
