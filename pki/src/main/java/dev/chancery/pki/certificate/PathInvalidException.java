package dev.chancery.pki.certificate;

import org.jspecify.annotations.Nullable;

/// A certificate does not chain to the anchors it should. The message may be shown to the peer.
public final class PathInvalidException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What is wrong, for whoever acts upon it.
  public enum Cause {
    UNTRUSTED,
    EXPIRED,
    NOT_YET_VALID,
    WRONG_PURPOSE,
    INVALID
  }

  private final Cause reason;

  public PathInvalidException(Cause reason, String message) {
    this(reason, message, null);
  }

  public PathInvalidException(Cause reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Cause reason() {
    return reason;
  }
}
