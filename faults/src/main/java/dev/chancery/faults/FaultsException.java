package dev.chancery.faults;

/// The harness cannot go on. Says nothing about the server.
final class FaultsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FaultsException(String message) {
    super(message);
  }

  FaultsException(String message, Throwable cause) {
    super(message, cause);
  }
}
