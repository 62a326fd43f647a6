package dev.chancery.agent.enrollment;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An attempt came to nothing; says why. Caught in one place, where the next attempt is planned.
public final class FailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;
  private final @Nullable Duration retryAfter;

  public FailedException(Failure.Code code, String what) {
    this(code, what, null);
  }

  public FailedException(Failure.Code code, String what, @Nullable Throwable cause) {
    this(new Failure(code, what), Optional.empty(), cause);
  }

  /// Of a server that may have said when to come back.
  public FailedException(
      Failure failure, Optional<Duration> retryAfter, @Nullable Throwable cause) {
    super(failure.what(), cause);
    this.failure = failure;
    this.retryAfter = retryAfter.orElse(null);
  }

  /// When the server wants to be asked again; empty if it did not say.
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  public Failure failure() {
    return failure;
  }
}
