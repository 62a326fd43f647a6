package dev.chancery.est.client;

import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.util.List;

/// What came of an enrollment that was not refused.
public sealed interface Enrollment {
  /// The certificate, verified against key, anchors and clock.
  ///
  /// @param others what else the server sent; nothing in it is verified
  record Issued(Certificate certificate, List<Certificate> others) implements Enrollment {
    public Issued {
      others = List.copyOf(others);
    }
  }

  /// Somebody has to decide. Send the same request again, not before `retryAfter`, which is between
  /// a second and a day whatever the server said.
  record Pending(Duration retryAfter) implements Enrollment {}
}
