package dev.chancery.server.scep.webhook;

import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.requester.ExternalAuthoriser;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.scep.outbound.OutboundException;
import dev.chancery.server.scep.outbound.OutboundHttp;
import dev.chancery.server.scep.outbound.OutboundHttp.Answer;
import java.net.URI;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/// Asks a webhook. Each question is posted once; only 200 with a well-formed yes is a yes
/// (SCEP-170, SCEP-171). Thread-safe.
public final class WebhookAuthoriser implements ExternalAuthoriser {
  private final WebhookSettings settings;
  private final OutboundHttp http;
  private final Clock clock;

  public WebhookAuthoriser(WebhookSettings settings, Clock clock) {
    this.settings = settings;
    this.http = new OutboundHttp(settings.trust(), settings.timeout(), settings.maxAnswerBytes());
    this.clock = clock;
  }

  @Override
  public String kind() {
    return "webhook";
  }

  @Override
  public boolean wantsWord() {
    return settings.notifyUrl().isPresent();
  }

  @Override
  public Decision decide(Question question) {
    try {
      Answer answer = post(settings.url(), WebhookMessages.question(question));
      if (answer.status() != 200) {
        return new Decision.Unavailable(
            "http-" + answer.status(),
            "the webhook answered with status " + answer.status(),
            "see the webhook's own log; a refusal is 200 with \"allow\": false");
      }
      return WebhookMessages.answer(answer.body(), question.requestId());
    } catch (OutboundException e) {
      return new Decision.Unavailable(e.code(), e.problem(), e.hint());
    } catch (MalformedException e) {
      return new Decision.Unavailable(
          "malformed", "the webhook's answer is none: " + e.safeMessage(), "see docs/scep.md");
    }
  }

  @Override
  public Receipt tell(Notification notification, Der request, Optional<Certificate> certificate) {
    if (settings.notifyUrl().isEmpty()) {
      return new Receipt.NotNow("no-receiver", "the webhook wants no notifications any more");
    }
    try {
      Answer answer =
          post(
              settings.notifyUrl().get(),
              WebhookMessages.notification(notification, request, certificate));
      String code = "http-" + answer.status();
      return switch (answer.status()) {
        case 200, 201, 202, 204 -> new Receipt.Taken(code);
        case 400, 410, 422 ->
            new Receipt.Never(code, "the webhook refuses it with status " + answer.status());
        default -> new Receipt.NotNow(code, "the webhook answered with status " + answer.status());
      };
    } catch (OutboundException e) {
      return new Receipt.NotNow(e.code(), e.problem());
    }
  }

  private Answer post(URI url, byte[] body) throws OutboundException {
    String timestamp = WebhookSignature.timestamp(clock.instant());
    return http.post(
        url,
        Map.of(
            "Content-Type",
            "application/json",
            "User-Agent",
            "Chancery",
            WebhookSignature.TIMESTAMP,
            timestamp,
            WebhookSignature.SIGNATURE,
            WebhookSignature.sign(settings.secret().text(), timestamp, body)),
        body);
  }
}
