package dev.chancery.authority;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.certificate.SerialNumber;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Revokes certificates. From then on they authenticate nobody here. Thread-safe.
public final class Revocations {
  /// The reasons of RFC 5280 §5.3.1 that an operator may give.
  public static final List<String> REASONS =
      List.of(
          "unspecified",
          "keyCompromise",
          "cACompromise",
          "affiliationChanged",
          "superseded",
          "cessationOfOperation",
          "privilegeWithdrawn");

  private final Ledger ledger;
  private final Clock clock;

  public Revocations(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /// Revokes one certificate, for good.
  ///
  /// @param reason one of [#REASONS]
  /// @throws RefusedException if there is no such certificate, it is revoked already, or the reason
  ///   is unknown
  public void revoke(String issuer, SerialNumber serial, String reason, String actor) {
    if (!REASONS.contains(reason)) {
      throw new RefusedException(
          Refusal.Code.MALFORMED,
          "\"" + reason + "\" is no revocation reason",
          "use one of " + String.join(", ", REASONS));
    }
    Instant now = clock.instant();
    AuditEvent event =
        new AuditEvent(
            now,
            AuditEvent.Action.CERTIFICATE_REVOKED,
            "",
            actor,
            Map.of("issuer", issuer, "serial", serial.toString(), "reason", reason));
    Change change =
        new Change.RevokeCertificate(
            issuer, serial.toString(), new CertificateRecord.Revocation(now, reason));
    if (ledger.commit(Transaction.of(event, change)) instanceof CommitResult.Conflicted) {
      throw new RefusedException(
          Refusal.Code.NOT_FOUND,
          "no certificate " + serial + " of issuer \"" + issuer + "\" could be revoked",
          "see chancery cert list");
    }
  }
}
