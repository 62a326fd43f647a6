package dev.chancery.authority.relay;

import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;

/// The server behind an endpoint. Each protocol brings its own.
@FunctionalInterface
public interface Upstream {
  /// Sends the request on, unchanged, and waits for the answer. Never throws for anything that the
  /// other server or the network can cause.
  Answer send();

  /// What came back.
  sealed interface Answer {
    /// The certificate, verified to be for the request's key and to chain to that server's anchors.
    record Issued(Certificate certificate) implements Answer {}

    /// Ask again, not before `retryAfter`.
    record Pending(Duration retryAfter) implements Answer {}

    /// That server said no, in these words.
    ///
    /// @param status the HTTP status
    /// @param text one line, without control characters; empty if it gave none
    record Refused(int status, String text) implements Answer {}

    /// There is no answer, or none to be trusted, for this reason (words for the log and audit).
    record Unavailable(String reason) implements Answer {}
  }
}
