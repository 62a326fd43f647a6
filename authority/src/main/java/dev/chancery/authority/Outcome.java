package dev.chancery.authority;

import dev.chancery.pki.certificate.CertificateChain;
import java.time.Duration;

/// What became of a request. Every protocol answers from this value and from nothing else.
public sealed interface Outcome {
  /// The certificate is durable in the ledger; only now may it leave.
  record Issued(CertificateChain chain) implements Outcome {}

  /// Somebody has to decide. Ask again, not before `retryAfter` (whole seconds, at least 1).
  record Pending(Ticket ticket, Duration retryAfter) implements Outcome {}

  /// Final for this request; audited like an issuance.
  record Refused(Refusal refusal) implements Outcome {}
}
