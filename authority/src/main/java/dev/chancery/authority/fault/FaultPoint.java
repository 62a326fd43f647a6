package dev.chancery.authority.fault;

/// The steps of an issuance between which a crash must not lose or double anything, in the order in
/// which they come. A test that runs the server as a program of its own stops it there; see
/// `docs/faults.md`.
///
/// No option, no setting, no variable of the environment and no message leads to [#arm]: only code
/// does, before the server starts, and the distribution holds none that calls it
/// (`ArchitectureTest` keeps it so). Unarmed, a point is a call of an empty method through a
/// constant, which the JIT compiler removes.
public enum FaultPoint {
  /// The requester is authenticated; nothing is decided.
  BEFORE_POLICY,
  /// Granted, and not signed.
  AFTER_POLICY,
  /// The server has made a key, and there is no certificate for it.
  KEY_MADE,
  /// Signed; nobody but this process has seen the certificate.
  SIGNED,
  /// The ledger's writer has begun a database transaction for a batch.
  BATCH_BEGUN,
  /// The changes of one request are made inside it, its audit entry is not.
  IN_BATCH,
  /// The batch is whole.
  BEFORE_COMMIT,
  /// The batch is on disk, and nobody knows yet.
  COMMITTED,
  /// The authority is about to tell the protocol of the certificate.
  BEFORE_ANSWER,
  /// A checkpoint of the audit is in the ledger, and not in the file beside it.
  CHECKPOINT_STORED;

  /// What happens at the points.
  @FunctionalInterface
  public interface Harm {
    /// Called at every point that is reached, by the thread that reaches it.
    void at(FaultPoint point);
  }

  private static volatile Harm chosen = _point -> {};

  /// Made when the first point is reached, and never changed: so a constant to the compiler.
  private static final class Armed {
    private static final Harm HARM = chosen;
  }

  /// Says what shall happen in this process, once and for good.
  ///
  /// @throws IllegalStateException if it has been said before, or a point has been passed already
  public static void arm(Harm harm) {
    chosen = harm;
    if (!Armed.HARM.equals(harm)) {
      throw new IllegalStateException("fault points are armed once, before the server starts");
    }
  }

  /// The step is reached.
  public void reached() {
    Armed.HARM.at(this);
  }
}
