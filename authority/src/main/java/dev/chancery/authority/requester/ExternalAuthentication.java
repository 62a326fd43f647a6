package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.requester.ExternalAuthoriser.Decision;
import dev.chancery.authority.requester.ExternalAuthoriser.Question;
import dev.chancery.pki.crypto.Randomness;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/// Asks a party outside whether a request may have a certificate. What comes out when it says yes
/// is the only evidence of it; without a yes there is none. Thread-safe.
public final class ExternalAuthentication {
  private static final int ID_BYTES = 16;

  private final SecretBox box;
  private final FailureLimit failures;

  public ExternalAuthentication(SecretBox box, FailureLimit failures) {
    this.box = box;
    this.failures = failures;
  }

  /// Asks.
  ///
  /// @param names what may be asked for at the endpoint, whatever the other side allows
  /// @param certificate who has signed the request, if a holder of ours did
  /// @throws RefusedException unless the answer is yes
  public Requester.ExternallyAllowed authenticate(
      ExternalAuthoriser authoriser,
      NameSpace names,
      Question question,
      Optional<Requester.CertificateHolder> certificate) {
    failures.refuseIfExceeded(question.address());
    return switch (authoriser.decide(question)) {
      case Decision.Allowed(String reference) ->
          new Requester.ExternallyAllowed(
              question.endpoint(),
              authoriser.kind(),
              reference,
              names,
              certificate,
              authoriser.wantsWord() ? Optional.of(owed(question)) : Optional.empty());
      case Decision.Denied(String code, String reason, String hint) -> {
        failures.count(question.address());
        throw refused(Refusal.Code.AUTHORISER_DENIED, authoriser, question, code, reason, hint);
      }
      case Decision.Unavailable(String code, String reason, String hint) ->
          throw refused(
              Refusal.Code.AUTHORISER_UNAVAILABLE, authoriser, question, code, reason, hint);
    };
  }

  private static RefusedException refused(
      Refusal.Code refusal,
      ExternalAuthoriser authoriser,
      Question question,
      String code,
      String reason,
      String hint) {
    return new RefusedException(
        new Refusal(refusal, authoriser.kind() + ": " + reason, hint),
        Map.of(
            "authoriser", authoriser.kind(),
            "authoriser-code", code,
            "operation", question.operation().name().toLowerCase(java.util.Locale.ROOT)));
  }

  private Notification.Owed owed(Question question) {
    String id = HexFormat.of().formatHex(Randomness.bytes(ID_BYTES));
    byte[] request = question.csr().der().toByteArray();
    try {
      return new Notification.Owed(id, question.transactionId(), box.seal(id, request));
    } finally {
      Arrays.fill(request, (byte) 0);
    }
  }
}
