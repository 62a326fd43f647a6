package dev.chancery.pki;

import org.jspecify.annotations.Nullable;

/// Bytes from outside are not what they should be. The message is one plain sentence fragment that
/// may be shown to the peer: it names the defect, never quotes input.
public final class MalformedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedException(String message) {
    super(message);
  }

  public MalformedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The words for the peer.
  public String safeMessage() {
    String message = getMessage();
    return message == null ? "malformed" : message;
  }
}
