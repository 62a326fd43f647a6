package dev.chancery.server.scep.handout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.requester.AccountAuthentication;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.handout.ChallengeOffice.Challenge;
import dev.chancery.server.scep.handout.ChallengeOffice.Full;
import dev.chancery.transport.Body;
import dev.chancery.transport.Method;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Hands challenges to device managers, over TLS only: on the page of NDES at
/// `/certsrv/mscep_admin` (SCEP-195 to SCEP-197), or in answer to Jamf Pro's webhook at `PATH/jamf`
/// (SCEP-190). Thread-safe.
public final class HandOutResponder implements Responder {
  private static final List<String> NDES_PATHS =
      List.of("/certsrv/mscep_admin", "/certsrv/mscep_admin/", "/certsrv/mscep_admin/mscep.dll");
  private static final String JAMF_TAIL = "/jamf";
  private static final String JAMF_EVENT = "SCEPChallenge";
  private static final List<String> DEVICE_NAMES = List.of("udid", "uuid", "serialNumber");
  private static final int MAX_DEVICE_NAME = 200;
  private static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  private record Target(HandOutSettings settings, ChallengeOffice office) {}

  private final Map<String, Target> targets = new LinkedHashMap<>();
  private final Authority authority;
  private final AccountAuthentication accounts;

  /// @throws IllegalArgumentException if two endpoints want the page
  public HandOutResponder(
      List<HandOutSettings> handOuts,
      Authority authority,
      Credentials credentials,
      AccountAuthentication accounts,
      Clock clock) {
    for (HandOutSettings settings : handOuts) {
      Target target = new Target(settings, new ChallengeOffice(settings, credentials, clock));
      for (String path : paths(settings)) {
        if (targets.put(path, target) != null) {
          throw new IllegalArgumentException("two endpoints want " + path);
        }
      }
    }
    this.authority = authority;
    this.accounts = accounts;
  }

  private static List<String> paths(HandOutSettings settings) {
    return switch (settings.form()) {
      case NDES -> NDES_PATHS;
      case JAMF -> List.of(settings.path() + JAMF_TAIL);
    };
  }

  @Override
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    targets.forEach((path, target) ->
        routes.add(
            new Route(
                "scep",
                target.settings().endpoint().name(),
                path,
                switch (target.settings().form()) {
                  case NDES -> List.of(Method.GET);
                  case JAMF -> List.of(Method.POST);
                },
                Channel.TLS_ONLY)));
    return routes;
  }

  @Override
  public Reply respond(Request request) {
    Target target = targets.get(request.path());
    if (target == null) {
      return Reply.text(404, "there is nothing here");
    }
    try {
      return switch (target.settings().form()) {
        case NDES -> ndes(request, target);
        case JAMF -> jamf(request, target);
      };
    } catch (LedgerUnavailableException e) {
      return Reply.text(503, "the server cannot store anything now").retryAfter(RETRY_AFTER);
    }
  }

  private Reply ndes(Request request, Target target) {
    HandOutSettings settings = target.settings();
    if (isFromAnotherSite(request)) {
      // A browser's remembered password is no wish of its user's (SCEP-197).
      refuse(request, settings, forbidden());
      return NdesPage.forbidden(settings);
    }
    try {
      authenticate(request, settings);
      return switch (target.office().make(Binding.NONE)) {
        case Challenge challenge ->
            NdesPage.challenge(
                settings,
                authority.certificatesOf(settings.endpoint().issuer()).getFirst(),
                challenge.text());
        case Full _ -> {
          refuse(request, settings, Full.refusal(settings));
          yield NdesPage.full(settings);
        }
      };
    } catch (RefusedException e) {
      Refusal refusal = refuse(request, settings, e.refusal());
      return switch (refusal.code()) {
        case CREDENTIAL_MISSING, CREDENTIAL_UNKNOWN -> NdesPage.unauthorized(settings);
        case LEDGER_UNAVAILABLE -> Reply.text(503, refusal.sentence()).retryAfter(RETRY_AFTER);
        default -> Reply.text(429, refusal.sentence()).retryAfter(RETRY_AFTER);
      };
    }
  }

  private static Refusal forbidden() {
    return new Refusal(
        Refusal.Code.DENIED, "another web site asked for a challenge", "open the page itself");
  }

  private static boolean isFromAnotherSite(Request request) {
    Optional<String> site = request.headers().first("Sec-Fetch-Site");
    return request.headers().first("Origin").isPresent()
        || site.filter(value -> !value.equals("none") && !value.equals("same-origin")).isPresent();
  }

  private Reply jamf(Request request, Target target) {
    HandOutSettings settings = target.settings();
    try {
      authenticate(request, settings);
      JsonNode message = readJamf(request.body());
      Binding device =
          switch (settings.deviceBinding()) {
            case WHEN_NAMED -> new Binding(devices(message), List.of());
            case NEVER -> Binding.NONE;
          };
      // The challenge and nothing else: what follows it would be sent by devices too.
      return switch (target.office().make(device)) {
        case Challenge challenge ->
            Reply.of(200, "text/plain", Body.of(challenge.text()))
                .with("Cache-Control", "no-store");
        case Full _ ->
            Reply.text(429, refuse(request, settings, Full.refusal(settings)).sentence())
                .retryAfter(RETRY_AFTER);
      };
    } catch (MalformedException e) {
      Refusal refusal =
          refuse(
              request,
              settings,
              new Refusal(
                  Refusal.Code.MALFORMED, e.safeMessage(), "set the webhook to SCEPChallenge"));
      return Reply.text(400, refusal.sentence());
    } catch (RefusedException e) {
      Refusal refusal = refuse(request, settings, e.refusal());
      return switch (refusal.code()) {
        case CREDENTIAL_MISSING, CREDENTIAL_UNKNOWN ->
            Reply.text(401, "name and password are needed")
                .with("WWW-Authenticate", "Basic realm=\"Chancery\", charset=\"UTF-8\"");
        case LEDGER_UNAVAILABLE -> Reply.text(503, refusal.sentence()).retryAfter(RETRY_AFTER);
        default -> Reply.text(429, refusal.sentence()).retryAfter(RETRY_AFTER);
      };
    }
  }

  /// Members that are not known mean nothing: Jamf's own differ between versions, and others who
  /// speak its language add some.
  private static JsonNode readJamf(Body body) {
    JsonNode json = Json.parse(new String(body.toByteArray(), StandardCharsets.UTF_8));
    if (!json.path("webhook").path("webhookEvent").asText("").equals(JAMF_EVENT)) {
      throw new MalformedException("the message is no webhook event " + JAMF_EVENT);
    }
    return json;
  }

  /// What the message calls the device. Where that stands differs between versions and products.
  private static List<String> devices(JsonNode message) {
    JsonNode event = message.path("event");
    Set<String> found = new LinkedHashSet<>();
    for (JsonNode place :
        List.of(
            event,
            event.path("device"),
            event.path("targetDevice"),
            event.path("computer"),
            message.path("device"))) {
      for (String name : DEVICE_NAMES) {
        String id = place.path(name).asText("").strip();
        if (id.length() > MAX_DEVICE_NAME) {
          throw new MalformedException("the " + name + " of the device is too long");
        }
        if (!id.isEmpty()) {
          found.add(id);
        }
      }
    }
    return List.copyOf(found);
  }

  private void authenticate(Request request, HandOutSettings settings) {
    String header = request.headers().first("Authorization").orElse("");
    Presented presented =
        Presented.of(header, settings)
            .orElseThrow(() ->
                new RefusedException(
                    Refusal.Code.CREDENTIAL_MISSING,
                    "nobody has said who asks for a challenge",
                    "set name and password in the device manager"));
    presented.check(password ->
        accounts.authenticate(
            settings.account(), presented.user(), password, request.peer().address()));
  }

  private Refusal refuse(Request request, HandOutSettings settings, Refusal refusal) {
    return authority
        .refuse(
            new Attempt(
                settings.endpoint(),
                "hand-out-" + settings.form().name().toLowerCase(java.util.Locale.ROOT),
                request.id().value(),
                request.peer().address(),
                ""),
            refusal)
        .refusal();
  }
}
