package dev.chancery.est.client;

import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.util.List;

/// What came of an enrollment for which the server makes the key.
public sealed interface KeyedEnrollment {
  /// The certificate, verified against key, anchors and clock, and its key. Close the key when it
  /// is stored; the server does not send it again.
  ///
  /// @param others what else the server sent; nothing in it is verified
  record Issued(Certificate certificate, List<Certificate> others, ReceivedKey key)
      implements KeyedEnrollment {
    public Issued {
      others = List.copyOf(others);
    }
  }

  /// Somebody has to decide; see [Enrollment.Pending].
  record Pending(Duration retryAfter) implements KeyedEnrollment {}
}
