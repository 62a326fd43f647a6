package dev.chancery.authority;

import org.jspecify.annotations.Nullable;

/// The one exception by which a check refuses. It is caught, audited and answered in one place per
/// protocol.
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  public RefusedException(Refusal refusal) {
    this(refusal, null);
  }

  public RefusedException(Refusal refusal, @Nullable Throwable cause) {
    // Refusals are ordinary answers: a stack trace would cost more than the whole request.
    super(refusal.sentence(), cause, false, false);
    this.refusal = refusal;
  }

  public RefusedException(Refusal.Code code, String what, String hint) {
    this(new Refusal(code, what, hint));
  }

  public Refusal refusal() {
    return refusal;
  }
}
