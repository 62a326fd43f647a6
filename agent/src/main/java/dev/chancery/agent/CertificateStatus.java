package dev.chancery.agent;

import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.state.CertificateState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// How one certificate stands.
///
/// @param folder where its files are
/// @param certificate the one in use
/// @param next when the agent looks at it again
/// @param failures in a row
/// @param failure the last one, while there is one
public record CertificateStatus(
    String name,
    Phase phase,
    Path folder,
    Optional<CertificateState.Held> certificate,
    Instant next,
    int failures,
    Optional<Failure> failure) {
  /// In a word.
  public enum Phase {
    /// There is no certificate yet, and nothing has gone wrong.
    NEW,
    /// Somebody has to decide about a request.
    WAITING,
    /// The certificate is in use, and its renewal is planned.
    ENROLLED,
    /// The last attempt came to nothing. A certificate that is in use still is.
    FAILING,
    /// The certificate in use has expired.
    EXPIRED;

    /// Such as `enrolled`.
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static CertificateStatus of(String name, Path folder, CertificateState state, Instant now) {
    return new CertificateStatus(
        name,
        phase(state, now),
        folder,
        state.certificate(),
        state.due(),
        state.failures(),
        state.failure());
  }

  private static Phase phase(CertificateState state, Instant now) {
    if (state.certificate().filter(held -> now.isAfter(held.notAfter())).isPresent()) {
      return Phase.EXPIRED;
    }
    if (state.failures() > 0) {
      return Phase.FAILING;
    }
    if (state.waiting()) {
      return Phase.WAITING;
    }
    return state.certificate().isPresent() ? Phase.ENROLLED : Phase.NEW;
  }
}
