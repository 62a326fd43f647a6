package dev.chancery.scep.client;

import dev.chancery.scep.wire.FailInfo;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a client did not get what it asked for. Nothing was stored or believed.
public abstract sealed class ScepClientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private ScepClientException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The server said no, in a signed reply.
  public static final class Refused extends ScepClientException {
    private static final long serialVersionUID = 1L;

    private final FailInfo failInfo;

    Refused(FailInfo failInfo, String text) {
      super(
          "the server refused (" + failInfo.id() + ")" + (text.isEmpty() ? "" : ": " + text), null);
      this.failInfo = failInfo;
    }

    public FailInfo failInfo() {
      return failInfo;
    }
  }

  /// The server, or what it delivered, is not to be trusted.
  public static final class Untrusted extends ScepClientException {
    private static final long serialVersionUID = 1L;

    Untrusted(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// The server has too much to do (429, RFC 6585 §4), or cannot answer now (503): nothing was
  /// decided, and the same message may be sent again.
  public static final class Unavailable extends ScepClientException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    Unavailable(String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
      super(message, cause);
      this.retryAfter = retryAfter.orElse(null);
    }

    /// When the server wants to be asked again, from now on: what it said, however long. Empty if
    /// it did not say.
    public Optional<Duration> retryAfter() {
      return Optional.ofNullable(retryAfter);
    }
  }

  /// The server could not be reached, or does not speak SCEP.
  public static final class Transport extends ScepClientException {
    private static final long serialVersionUID = 1L;

    Transport(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
