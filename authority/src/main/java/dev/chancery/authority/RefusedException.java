package dev.chancery.authority;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The one exception by which a check refuses. It is caught, audited and answered in one place per
/// protocol.
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;
  private final transient Map<String, String> facts;

  public RefusedException(Refusal refusal) {
    this(refusal, Map.of());
  }

  /// A refusal of which the audit can say more than the peer may hear.
  ///
  /// @param facts for the audit, by lower-case-with-dashes name; never a secret
  public RefusedException(Refusal refusal, Map<String, String> facts) {
    super(refusal.sentence(), null, false, false);
    this.refusal = refusal;
    this.facts = Map.copyOf(facts);
  }

  public RefusedException(Refusal refusal, @Nullable Throwable cause) {
    // Refusals are ordinary answers: a stack trace would cost more than the whole request.
    super(refusal.sentence(), cause, false, false);
    this.refusal = refusal;
    this.facts = Map.of();
  }

  public RefusedException(Refusal.Code code, String what, String hint) {
    this(new Refusal(code, what, hint));
  }

  /// The same refusal, of which the audit can say still more.
  public RefusedException with(Map<String, String> more) {
    Map<String, String> both = new java.util.HashMap<>(more);
    both.putAll(facts);
    return new RefusedException(refusal, both);
  }

  public Refusal refusal() {
    return refusal;
  }

  /// What only the audit and the operator's log see.
  public Map<String, String> facts() {
    return facts;
  }
}
