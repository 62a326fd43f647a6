package dev.chancery.est.client;

import org.jspecify.annotations.Nullable;

/// Why a client did not get what it asked for. Nothing was stored or believed.
public abstract sealed class EstClientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private EstClientException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The server said no.
  public static final class Refused extends EstClientException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String explanation;

    Refused(int status, String explanation) {
      super(
          "the server answered "
              + status
              + (explanation.isEmpty() ? " without explanation" : ": " + explanation),
          null);
      this.status = status;
      this.explanation = explanation;
    }

    /// The HTTP status code; never 200 or 202.
    public int status() {
      return status;
    }

    /// The server's words, safe to print: one line, bounded, without control characters. Empty if
    /// it gave none.
    public String explanation() {
      return explanation;
    }
  }

  /// The server, or what it delivered, is not to be trusted.
  public static final class Untrusted extends EstClientException {
    private static final long serialVersionUID = 1L;

    Untrusted(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// The server could not be reached, or does not speak EST.
  public static final class Transport extends EstClientException {
    private static final long serialVersionUID = 1L;

    Transport(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
