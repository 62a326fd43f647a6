package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.outbound.OutboundException;
import dev.chancery.server.scep.outbound.OutboundHttp;
import dev.chancery.server.scep.outbound.OutboundHttp.Answer;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Finds the addresses of Intune's services for the tenant (SCEP-181), and keeps them for a while.
/// Thread-safe.
final class Directory {
  /// Intune's own application, under which its services are listed.
  private static final String INTUNE = "0000000a-0000-0000-c000-000000000000";

  private static final String VALIDATION = "ScepRequestValidationFEService";
  private static final String CONNECTOR = "PkiConnectorFEService";
  private static final Duration KEPT = Duration.ofHours(12);

  private record Found(URI uri, Instant until) {}

  private final IntuneSettings settings;
  private final OutboundHttp http;
  private final TokenService tokens;
  private final Clock clock;
  private final Turn turn;
  private final Map<String, Found> found = new ConcurrentHashMap<>();

  Directory(IntuneSettings settings, OutboundHttp http, TokenService tokens, Clock clock) {
    this.settings = settings;
    this.http = http;
    this.tokens = tokens;
    this.clock = clock;
    this.turn = new Turn(settings.timeout());
  }

  URI validationService() throws OutboundException {
    return service(VALIDATION);
  }

  /// The service that has Intune's requests to certification authorities.
  URI connectorService() throws OutboundException {
    return service(CONNECTOR);
  }

  private URI service(String name) throws OutboundException {
    return turn.take(() -> {
      Found held = found.get(name);
      if (held == null || !clock.instant().isBefore(held.until())) {
        held = new Found(lookUp(name), clock.instant().plus(KEPT));
        found.put(name, held);
      }
      return held.uri();
    });
  }

  /// Forgets what was found: the service may have moved.
  void forget() {
    found.clear();
  }

  private URI lookUp(String name) throws OutboundException {
    String scope = settings.graphScope();
    String token = tokens.token(scope);
    Answer answer = ask(token);
    if (answer.status() == 401) {
      tokens.forget(scope, token);
      answer = ask(tokens.token(scope));
    }
    if (answer.status() != 200) {
      throw refused(answer);
    }
    try {
      return in(Json.parse(answer.body()), name)
          .orElseThrow(() ->
              new OutboundException(
                  "service-missing",
                  "the tenant's directory lists no " + name,
                  "does the tenant have an Intune licence?"));
    } catch (MalformedException e) {
      throw new OutboundException(
          "discovery-malformed",
          "the directory's answer is none: " + e.safeMessage(),
          "is graph-url right?");
    }
  }

  private Answer ask(String token) throws OutboundException {
    return http.get(
        URI.create(
            TokenService.withoutSlash(settings.graphUrl())
                + "/v1.0/servicePrincipals/appId="
                + INTUNE
                + "/endpoints"),
        Map.of("Authorization", "Bearer " + token, "client-request-id", Uuids.fresh()));
  }

  private static OutboundException refused(Answer answer) {
    String code = "discovery-http-" + answer.status();
    return switch (answer.status()) {
      case 401, 403 ->
          new OutboundException(
              code,
              "the application may not read the tenant's directory",
              "give it Microsoft Graph's application permission Application.Read.All, with an"
                  + " administrator's consent");
      case 404 ->
          new OutboundException(
              code, "the tenant does not know Intune", "does the tenant have an Intune licence?");
      default ->
          new OutboundException(
              code,
              "the directory answered with status " + answer.status(),
              "try again later",
              answer.retryAfter());
    };
  }

  /// @throws MalformedException if the answer is no list, or the address no safe one
  private static Optional<URI> in(JsonNode json, String name) {
    if (!json.path("value").isArray()) {
      throw new MalformedException("there is no list in it");
    }
    for (JsonNode service : json.path("value")) {
      if (service.path("providerName").asText("").equalsIgnoreCase(name)) {
        return Optional.of(address(service.path("uri").asText("")));
      }
    }
    return Optional.empty();
  }

  private static URI address(String text) {
    try {
      URI uri = URI.create(text);
      // The token goes there.
      if ("https".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException noUri) {
      // Said below.
    }
    throw new MalformedException("the service's address is not an https URL");
  }
}
