package dev.chancery.authority;

import dev.chancery.pki.certificate.CertificateChain;
import java.time.Duration;

/// What became of a request for a key that is made here.
public sealed interface ServerKeyOutcome {
  /// The certificate is durable in the ledger, and its key is nowhere but in `key`.
  record Issued(CertificateChain chain, DeliverableKey key) implements ServerKeyOutcome {}

  /// Somebody has to decide; no key has been made. Ask again, not before `retryAfter` (whole
  /// seconds, at least 1).
  record Pending(Ticket ticket, Duration retryAfter) implements ServerKeyOutcome {}

  /// Final for this request; audited. There is neither a certificate nor a key.
  record Refused(Refusal refusal) implements ServerKeyOutcome {}
}
