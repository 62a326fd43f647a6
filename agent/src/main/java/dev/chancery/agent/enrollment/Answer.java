package dev.chancery.agent.enrollment;

import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What came of a request for a certificate.
public sealed interface Answer {
  /// A certificate; nothing is believed of it yet.
  ///
  /// @param others what else came, from which a path may be built
  record Issued(Certificate certificate, List<Certificate> others) implements Answer {
    public Issued {
      others = List.copyOf(others);
    }
  }

  /// Somebody has to decide: ask again, not before `retryAfter`.
  ///
  /// @param retryAfter empty if the server does not say
  record Pending(Optional<Duration> retryAfter) implements Answer {}

  /// The server said no.
  ///
  /// @param what its words, safe to print
  /// @param retryAfter if it also said when to come back
  record Refused(String what, Optional<Duration> retryAfter) implements Answer {}

  /// The server is there and decides nothing now: it has too much to do, or something that it needs
  /// is down. The same request may be granted later.
  ///
  /// @param what its words, safe to print
  /// @param retryAfter if it also said when to come back
  record Later(String what, Optional<Duration> retryAfter) implements Answer {}

  /// There was no answer to go by.
  record Failed(Failure failure) implements Answer {}
}
