package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.scep.intune.IntuneService.Said;
import dev.chancery.server.scep.outbound.OutboundException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// Lets Intune decide, and tells it what became of what it allowed (SCEP-184). A request without
/// challenge never gets that far (SCEP-185). Thread-safe.
public final class IntuneAuthoriser implements ExternalAuthoriser {
  /// An HRESULT of ours: the certificate was refused (CERTSRV_E_TEMPLATE_DENIED).
  private static final int DENIED = 0x80094012;

  private static final int MAX_DESCRIPTION = 255;

  private final IntuneSettings settings;
  private final IntuneService service;

  public IntuneAuthoriser(IntuneSettings settings, Clock clock) {
    this.settings = settings;
    this.service = new IntuneService(settings, clock);
  }

  @Override
  public String kind() {
    return "intune";
  }

  @Override
  public boolean wantsWord() {
    return true;
  }

  @Override
  public boolean isToldFirst() {
    return settings.successNotification() == IntuneSettings.SuccessNotification.BEFORE_REPLY;
  }

  @Override
  public Decision decide(Question question) {
    if (question.challenge().isEmpty()) {
      return denied(IntuneCode.ChallengePasswordMissing, "");
    }
    try {
      Said said = service.validate(question.transactionId(), question.csr().der());
      Optional<IntuneCode> code = IntuneCode.of(said.code());
      if (code.isEmpty()) {
        return new Decision.Denied(
            said.code().isEmpty() ? "no-code" : said.code(),
            "an answer with the unknown code \"" + said.code() + "\" " + said.description(),
            "look it up under the client-request-id " + said.activity());
      }
      return code.get() == IntuneCode.Success
          ? new Decision.Allowed(said.activity())
          : denied(code.get(), said.activity());
    } catch (OutboundException e) {
      return new Decision.Unavailable(e.code(), e.problem(), e.hint());
    }
  }

  private static Decision denied(IntuneCode code, String activity) {
    return new Decision.Denied(
        code.name(),
        code.meaning()
            + " ("
            + code.name()
            + (activity.isEmpty() ? ")" : ", client-request-id " + activity + ")"),
        code.hint());
  }

  @Override
  public Receipt tell(Notification notification, Der request, Optional<Certificate> certificate) {
    ObjectNode body = service.body(notification.transactionId(), request);
    try {
      Said said =
          switch (notification.news()) {
            case Notification.News.Issued issued -> {
              if (certificate.isEmpty()) {
                yield new Said("certificate-missing", "the ledger has lost it", "");
              }
              fill(body, issued, certificate.get());
              yield service.notifySuccess(body);
            }
            case Notification.News.Refused(String code, String reason) -> {
              body.put("hResult", DENIED);
              body.put("errorDescription", cut(code + ": " + reason));
              yield service.notifyFailure(body);
            }
          };
      return said.code().equals(IntuneCode.Success.name())
          ? new Receipt.Taken(said.activity())
          : new Receipt.Never(
              said.code().isEmpty() ? "no-code" : said.code(),
              "Intune does not take it: " + said.description());
    } catch (OutboundException e) {
      return new Receipt.NotNow(e.code(), e.problem());
    }
  }

  private void fill(ObjectNode body, Notification.News.Issued issued, Certificate certificate) {
    body.put("certificateThumbprint", thumbprint(certificate));
    body.put("certificateSerialNumber", issued.serial().toUpperCase(Locale.ROOT));
    body.put("certificateExpirationDateUtc", certificate.notAfter().toString());
    body.put("issuingCertificateAuthority", certificate.issuer().toString());
    body.put("caConfiguration", issued.issuer());
    body.put("certificateAuthority", certificate.issuer().toString());
  }

  private static String thumbprint(Certificate certificate) {
    try {
      return HexFormat.of()
          .withUpperCase()
          .formatHex(MessageDigest.getInstance("SHA-1").digest(certificate.der().toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no SHA-1", e);
    }
  }

  private static String cut(String text) {
    return text.length() > MAX_DESCRIPTION ? text.substring(0, MAX_DESCRIPTION) : text;
  }

  /// For messages: which application at which tenant.
  @Override
  public String toString() {
    return "IntuneAuthoriser[" + settings.clientId() + " at " + settings.tenant() + "]";
  }
}
