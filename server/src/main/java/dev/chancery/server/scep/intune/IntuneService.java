package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.outbound.OutboundException;
import dev.chancery.server.scep.outbound.OutboundHttp;
import dev.chancery.server.scep.outbound.OutboundHttp.Answer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// Calls of the validation service, each with a token and at the address that the tenant's
/// directory names (SCEP-182). A token that is not taken is fetched anew, once. When the service
/// asks for a pause (429, 503), nothing is asked until it is over. Thread-safe.
final class IntuneService {
  private static final String API_VERSION = "2018-02-20";
  private static final String CONNECTOR_VERSION = "5019-05-05";
  private static final int MAX_ANSWER_BYTES = 256 * 1024;
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final int MAX_TEXT = 255;

  private final IntuneSettings settings;
  private final OutboundHttp http;
  private final Clock clock;
  private final TokenService tokens;
  private final Directory directory;
  private final AtomicReference<Instant> pausedUntil = new AtomicReference<>(Instant.MIN);

  IntuneService(IntuneSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.http = new OutboundHttp(settings.trust(), settings.timeout(), MAX_ANSWER_BYTES);
    this.tokens = new TokenService(settings, http, clock);
    this.directory = new Directory(settings, http, tokens, clock);
  }

  /// What the service said.
  ///
  /// @param code its word, as sent; empty if it sent none
  /// @param description its sentence, for the operator
  /// @param activity the id under which Microsoft's support finds the call
  record Said(String code, String description, String activity) {}

  TokenService tokens() {
    return tokens;
  }

  Directory directory() {
    return directory;
  }

  Said validate(String transactionId, Der request) throws OutboundException {
    return call("validateRequest", "request", body(transactionId, request));
  }

  Said notifySuccess(ObjectNode notification) throws OutboundException {
    return call("successNotification", "notification", notification);
  }

  Said notifyFailure(ObjectNode notification) throws OutboundException {
    return call("failureNotification", "notification", notification);
  }

  /// What every call says.
  ObjectNode body(String transactionId, Der request) {
    ObjectNode body = Json.object();
    body.put("transactionId", transactionId);
    body.put("certificateRequest", Base64.getEncoder().encodeToString(request.toByteArray()));
    body.put("callerInfo", settings.provider());
    return body;
  }

  /// Asks for revocation requests.
  ///
  /// @param issuerName of the CA whose certificates they are about
  JsonNode downloadRevocations(int most, String issuerName) throws OutboundException {
    ObjectNode parameters = Json.object();
    parameters.put("maxRequests", most);
    parameters.put("issuerName", issuerName);
    return connector("downloadRevocationRequests", "downloadParameters", parameters);
  }

  /// Says what became of them.
  JsonNode uploadRevocations(ArrayNode results) throws OutboundException {
    return connector("uploadRevocationResults", "results", results);
  }

  private JsonNode connector(String action, String member, JsonNode content)
      throws OutboundException {
    refuseWhilePaused();
    URI uri =
        URI.create(
            TokenService.withoutSlash(directory.connectorService())
                + "/CertificateAuthorityRequests/"
                + action);
    return parsed(exchange(uri, CONNECTOR_VERSION, member, content, Uuids.fresh()));
  }

  private Said call(String action, String member, ObjectNode content) throws OutboundException {
    refuseWhilePaused();
    URI service = directory.validationService();
    URI uri = URI.create(TokenService.withoutSlash(service) + "/ScepActions/" + action);
    String activity = Uuids.fresh();
    JsonNode json = parsed(exchange(uri, API_VERSION, member, content, activity));
    // HTTP's 200 means nothing here (SCEP-183).
    return new Said(
        clean(json.path("code").asText("")),
        clean(json.path("errorDescription").asText("")),
        activity);
  }

  private Answer exchange(URI uri, String version, String member, JsonNode content, String activity)
      throws OutboundException {
    ObjectNode body = Json.object();
    body.set(member, content);
    byte[] bytes = Json.line(body).getBytes(StandardCharsets.UTF_8);
    String token = tokens.token(settings.scope());
    Answer answer = post(uri, version, token, activity, bytes);
    if (answer.status() == 401) {
      tokens.forget(settings.scope(), token);
      answer = post(uri, version, tokens.token(settings.scope()), activity, bytes);
    }
    if (answer.status() != 200) {
      throw refused(answer, activity);
    }
    return answer;
  }

  private Answer post(URI uri, String version, String token, String activity, byte[] body)
      throws OutboundException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "Bearer " + token);
    headers.put("Content-Type", "application/json");
    headers.put("client-request-id", activity);
    headers.put("api-version", version);
    // Beside User-Agent: the name that Microsoft's own library sends.
    headers.put("UserAgent", settings.provider());
    try {
      return http.post(uri, headers, body);
    } catch (OutboundException e) {
      // It may have moved.
      directory.forget();
      throw e;
    }
  }

  private void refuseWhilePaused() throws OutboundException {
    Instant until = pausedUntil.get();
    if (clock.instant().isBefore(until)) {
      throw new OutboundException(
          "paused", "Intune asked for a pause until " + until, "wait; devices come again");
    }
  }

  private OutboundException refused(Answer answer, String activity) {
    String code = "intune-http-" + answer.status();
    return switch (answer.status()) {
      case 401, 403 ->
          new OutboundException(
              code,
              "Intune does not let the application in (client-request-id " + activity + ")",
              "give it Intune's application permission scep_challenge_provider, with an"
                  + " administrator's consent");
      case 429, 503 -> {
        Duration pause = answer.retryAfter().orElse(PAUSE);
        pausedUntil.set(clock.instant().plus(pause));
        yield new OutboundException(
            code,
            "Intune asks for a pause of " + pause.toSeconds() + " seconds",
            "wait; devices come again",
            answer.retryAfter());
      }
      case 404 -> {
        directory.forget();
        yield new OutboundException(
            code, "the service is not where the directory said", "it is looked up again");
      }
      default ->
          new OutboundException(
              code,
              "Intune answered with status "
                  + answer.status()
                  + " (client-request-id "
                  + activity
                  + ")",
              "see the service health of Microsoft 365; devices come again");
    };
  }

  private static JsonNode parsed(Answer answer) throws OutboundException {
    try {
      return Json.parse(answer.body());
    } catch (MalformedException e) {
      throw new OutboundException(
          "intune-malformed",
          "Intune's answer is none: " + e.safeMessage(),
          "is something between this server and Intune?");
    }
  }

  private static String clean(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", " ").strip();
    return printable.length() > MAX_TEXT ? printable.substring(0, MAX_TEXT) : printable;
  }
}
