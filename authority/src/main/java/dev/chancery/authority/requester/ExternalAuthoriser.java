package dev.chancery.authority.requester;

import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.notification.NotificationReceiver;
import dev.chancery.pki.request.CertificationRequest;
import java.util.Optional;

/// A party outside that decides who may have a certificate: a webhook of the operator's, or a
/// device manager's service. The port; what is spoken over it is the implementation's business.
///
/// For implementations: blocks within a deadline of its own, is asked once per request and never
/// again for the same message, and is thread-safe. Whatever is not a clear yes is a no: silence, a
/// broken answer and an unknown word are [Decision.Unavailable] or [Decision.Denied], never
/// [Decision.Allowed].
public interface ExternalAuthoriser extends NotificationReceiver {
  /// Its kind, for audit and requester: `webhook`, `intune`.
  String kind();

  /// Whether it wants to hear what became of what it allowed.
  boolean wantsWord();

  /// Asks it.
  Decision decide(Question question);

  /// What is asked.
  ///
  /// @param transactionId the protocol's name of the request
  /// @param csr as sent; holds the challenge too
  /// @param challenge what the requester presented; empty only in a renewal
  /// @param certificate the one that signed the request, if one of ours did; in a renewal the one
  ///   being renewed
  /// @param address of the peer
  record Question(
      Endpoint endpoint,
      Operation operation,
      String transactionId,
      String requestId,
      CertificationRequest csr,
      Optional<String> challenge,
      Optional<CertificateRecord> certificate,
      String address) {
    /// Challenges stay out of logs.
    @Override
    public String toString() {
      return "Question[" + endpoint.name() + ", " + transactionId + "]";
    }
  }

  /// What it says.
  sealed interface Decision {
    /// Yes.
    ///
    /// @param reference under which the other side can find its decision
    record Allowed(String reference) implements Decision {}

    /// No.
    ///
    /// @param code the other side's own word, or ours
    /// @param reason for the operator, who may be told more than the requester
    /// @param hint what the operator can do
    record Denied(String code, String reason, String hint) implements Decision {}

    /// No answer, or none that can be understood.
    ///
    /// @param code stable, such as `timeout`
    record Unavailable(String code, String reason, String hint) implements Decision {}
  }
}
