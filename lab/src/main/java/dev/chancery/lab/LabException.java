package dev.chancery.lab;

/// An experiment cannot go on. Says nothing about the server; the message is for the person who
/// started the experiment.
public final class LabException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LabException(String message) {
    super(message);
  }

  public LabException(String message, Throwable cause) {
    super(message, cause);
  }

  /// For whoever was waiting: the thread stays interrupted.
  public static LabException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new LabException("interrupted", cause);
  }
}
