package dev.chancery.server.scep.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.requester.ExternalAuthoriser.Decision;
import dev.chancery.authority.requester.ExternalAuthoriser.Question;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/// What goes over the wire: the tables of docs/scep.md.
final class WebhookMessages {
  private static final Set<String> ANSWER = Set.of("allow", "reason", "reference");
  private static final int MAX_TEXT = 500;

  private WebhookMessages() {}

  /// The question. The challenge is in it as it is, since the request holds it anyway.
  static byte[] question(Question question) {
    ObjectNode json = Json.object();
    json.put("version", 1);
    json.put("event", "decide");
    json.put("endpoint", question.endpoint().name());
    json.put("operation", question.operation() == Operation.RENEWAL ? "renewal" : "initial");
    json.put("transactionId", question.transactionId());
    json.put("requestId", question.requestId());
    json.put("address", question.address());
    json.put("subject", question.csr().template().names().subject().toString());
    json.set("alternatives", Json.texts(question.csr().template().names().alternatives()));
    json.put("keySha256", question.csr().template().subjectPublicKey().sha256Hex());
    question.challenge().ifPresent(challenge -> json.put("challenge", challenge));
    question
        .certificate()
        .ifPresent(record -> json.put("certificate", base64(record.certificate().der())));
    json.put("certificationRequest", base64(question.csr().der()));
    return bytes(json);
  }

  /// Reads the answer. Whatever is not a clear yes is none.
  ///
  /// @param reference if the answer names none
  /// @throws MalformedException if it is not what the table says
  static Decision answer(String text, String reference) {
    JsonNode json = Json.parse(text);
    if (!json.isObject()) {
      throw new MalformedException("the answer is not a JSON object");
    }
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!ANSWER.contains(name)) {
        throw new MalformedException(
            "the answer has the unknown field \"" + printable(name) + "\"");
      }
    }
    if (!json.path("allow").isBoolean()) {
      throw new MalformedException("the answer does not say \"allow\": true or false");
    }
    String reason = text(json, "reason");
    String given = text(json, "reference");
    return json.path("allow").booleanValue()
        ? new Decision.Allowed(given.isEmpty() ? reference : given)
        : new Decision.Denied(
            "denied",
            reason.isEmpty() ? "the webhook refused without a reason" : "refused: " + reason,
            "see the webhook's own log");
  }

  /// What became of a request.
  static byte[] notification(
      Notification notification, Der request, Optional<Certificate> certificate) {
    ObjectNode json = Json.object();
    json.put("version", 1);
    switch (notification.news()) {
      case Notification.News.Issued(String issuer, String serial) -> {
        json.put("event", "issued");
        json.put("issuer", issuer);
        json.put("serial", serial);
        certificate.ifPresent(one -> {
          json.put("notAfter", one.notAfter().toString());
          json.put("certificate", base64(one.der()));
        });
      }
      case Notification.News.Refused(String code, String reason) -> {
        json.put("event", "refused");
        json.put("code", code);
        json.put("reason", reason);
      }
    }
    json.put("notificationId", notification.id());
    json.put("endpoint", notification.endpoint());
    json.put("transactionId", notification.transactionId());
    json.put("certificationRequest", base64(request));
    return bytes(json);
  }

  private static String text(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (value.isMissingNode()) {
      return "";
    }
    if (!value.isTextual() || value.textValue().length() > MAX_TEXT) {
      throw new MalformedException(
          "\"" + name + "\" is no text of at most " + MAX_TEXT + " characters");
    }
    return printable(value.textValue());
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  private static String base64(Der der) {
    return Base64.getEncoder().encodeToString(der.toByteArray());
  }

  private static byte[] bytes(JsonNode json) {
    return Json.line(json).getBytes(StandardCharsets.UTF_8);
  }
}
