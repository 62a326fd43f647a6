package dev.chancery.server;

import org.jspecify.annotations.Nullable;

/// The server cannot start, though its configuration is sound.
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String hint;

  /// Says what happened and what to do about it; neither ends with a period.
  public StartException(String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  /// What happened.
  public String what() {
    String message = getMessage();
    return message == null ? "the server cannot start" : message;
  }

  /// What to do next; may be empty.
  public String hint() {
    return hint;
  }
}
