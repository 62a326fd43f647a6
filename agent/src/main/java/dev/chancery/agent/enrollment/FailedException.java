package dev.chancery.agent.enrollment;

import org.jspecify.annotations.Nullable;

/// An attempt came to nothing; says why. Caught in one place, where the next attempt is planned.
public final class FailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  public FailedException(Failure.Code code, String what) {
    this(code, what, null);
  }

  public FailedException(Failure.Code code, String what, @Nullable Throwable cause) {
    super(what, cause);
    this.failure = new Failure(code, what);
  }

  public Failure failure() {
    return failure;
  }
}
