package dev.chancery.server.admin;

/// No server answers on the admin socket.
public final class AdminUnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  public AdminUnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
