package dev.chancery.interop.scep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.RequestAttribute;
import dev.chancery.server.admin.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Microsoft's token service, directory and Intune in one, as microsoft/Intune-Resource-Access and
/// Microsoft Learn describe them; each part can be told to fail. It demands of its callers what
/// they demand: what is missing in a request is an error that a test sees.
final class IntuneStandIn extends StandIn {
  static final String TENANT = "acme.onmicrosoft.com";
  static final String CLIENT = "7f7b0001-0000-4000-8000-00000000abcd";
  static final String SECRET = "Abc~the.application-secret";
  static final String GRAPH = "https://graph.microsoft.com/.default";
  static final String INTUNE = "https://api.manage.microsoft.com//.default";

  /// Every refusal that is documented (SCEP-183).
  static final List<String> REFUSALS =
      List.of(
          "CertificateRequestDecodingFailed",
          "ChallengePasswordMissing",
          "ChallengeDeserializationError",
          "ChallengeDecryptionError",
          "ChallengeDecodingError",
          "ChallengeInvalidTimestamp",
          "ChallengeExpired",
          "SubjectNameMissing",
          "SubjectNameMismatch",
          "SubjectAltNameMissing",
          "SubjectAltNameMismatch",
          "KeyUsageMismatch",
          "KeyLengthMismatch",
          "EnhancedKeyUsageMissing",
          "EnhancedKeyUsageMismatch",
          "AadKeyIdentifierListMissing",
          "RegisteredKeyMismatch",
          "SigningCertThumbprintMismatch",
          "ScepProfileNoLongerTargetedToTheClient",
          "SignatureValidationFailed",
          "BadCertificateRequestIdInChallenge",
          "BadDeviceIdInChallenge",
          "BadUserIdInChallenge");

  private static final String SERVICE = "/RACerts/StatelessScepRequestService";

  private static final String CONNECTOR = "/StatelessPkiConnectorService";

  private final Map<String, ObjectNode> wanted = new ConcurrentHashMap<>();
  private final Set<String> challenges = ConcurrentHashMap.newKeySet();
  private final Set<String> tokens = ConcurrentHashMap.newKeySet();
  private final AtomicInteger tokenNumber = new AtomicInteger();
  private final Map<String, Said> told = new ConcurrentHashMap<>();
  private volatile Optional<Certificate> registered = Optional.empty();
  private volatile int tokenSeconds = 3600;
  private volatile String service = "";
  private volatile String serviceName = "ScepRequestValidationFEService";

  IntuneStandIn() {
    super();
  }

  IntuneStandIn(int port) {
    super(port);
  }

  /// A challenge as long as Intune's are, which it takes.
  String challenge(String device) {
    String challenge =
        Base64.getEncoder()
            .encodeToString(
                (device + ".").repeat(1 + 3600 / device.length()).getBytes(StandardCharsets.UTF_8));
    challenges.add(challenge);
    return challenge;
  }

  /// From now on requests whose path ends so are answered with that.
  void say(String pathEnd, Said said) {
    told.put(pathEnd, said);
  }

  void sayCode(String action, String code) {
    say(action, Said.of(200, "{\"code\":\"" + code + "\",\"errorDescription\":\"told so\"}"));
  }

  void behave() {
    told.clear();
    service = "";
    serviceName = "ScepRequestValidationFEService";
    tokenSeconds = 3600;
  }

  void tokensLast(int seconds) {
    tokenSeconds = seconds;
  }

  void revokeTokens() {
    tokens.clear();
  }

  /// The directory says that the service is elsewhere, or has another name.
  void move(String url) {
    service = url;
  }

  void rename(String name) {
    serviceName = name;
  }

  /// The application has a certificate instead of a secret.
  void register(Certificate certificate) {
    registered = Optional.of(certificate);
  }

  String service() {
    return url(SERVICE);
  }

  @Override
  Said answer(Asked request) {
    Optional<Said> override =
        told.entrySet().stream()
            .filter(entry -> request.path().endsWith(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
    if (override.isPresent()) {
      return override.get();
    }
    if (request.path().equals("/" + TENANT + "/oauth2/v2.0/token")) {
      return token(request);
    }
    if (request
        .path()
        .equals("/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints")) {
      return endpoints(request);
    }
    if (request.path().startsWith(CONNECTOR + "/CertificateAuthorityRequests/")) {
      return revocations(request);
    }
    return request.path().startsWith(SERVICE + "/ScepActions/")
        ? action(request)
        : Said.of(404, "{}");
  }

  /// From now on a certificate shall be revoked; the request is given out until it is answered for
  /// good.
  void wantRevoked(String context, String serialNumber, String issuerName) {
    ObjectNode request = Json.object();
    request.put("requestContext", context);
    request.put("serialNumber", serialNumber);
    request.put("issuerName", issuerName);
    request.put("caConfiguration", "");
    wanted.put(context, request);
  }

  /// The contexts of requests that have not been answered for good.
  Set<String> stillWanted() {
    return Set.copyOf(wanted.keySet());
  }

  private Said revocations(Asked request) {
    if (!isBearer(request, "intune-")) {
      return Said.of(401, "");
    }
    JsonNode body = Json.parse(request.body());
    if (!request.header("api-version").equals("5019-05-05") || body.size() != 1) {
      return Said.of(400, "{}");
    }
    if (request.path().endsWith("/downloadRevocationRequests")) {
      int most = body.path("downloadParameters").path("maxRequests").asInt();
      if (most < 1 || most > 500 || !body.path("downloadParameters").has("issuerName")) {
        return Said.of(400, "{}");
      }
      ObjectNode answer = Json.object();
      wanted.values().stream().limit(most).forEach(answer.putArray("value")::add);
      return Said.of(200, Json.line(answer));
    }
    for (JsonNode result : body.path("results")) {
      if (!result.path("succeeded").isBoolean() || !result.path("errorCode").isInt()) {
        return Said.of(400, "{}");
      }
      if (result.path("errorCode").asInt() < 4100) {
        wanted.remove(result.path("requestContext").asText());
      }
    }
    return Said.of(200, "{\"value\":true}");
  }

  private Said token(Asked request) {
    Map<String, String> form = new HashMap<>();
    for (String field : request.body().split("&", -1)) {
      String[] parts = field.split("=", 2);
      form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    if (!"client_credentials".equals(form.get("grant_type"))
        || !CLIENT.equals(form.get("client_id"))) {
      return Said.of(
          400,
          "{\"error\":\"unauthorized_client\",\"error_description\":\"AADSTS700016: Application not"
              + " found\"}");
    }
    if (!proven(form)) {
      return Said.of(
          401,
          "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret"
              + " provided.\"}");
    }
    String scope = form.getOrDefault("scope", "");
    if (!List.of(GRAPH, INTUNE).contains(scope)) {
      return Said.of(
          400,
          "{\"error\":\"invalid_scope\",\"error_description\":\"AADSTS1002012: The provided value for"
              + " scope is not valid.\"}");
    }
    String token = (scope.equals(GRAPH) ? "graph-" : "intune-") + tokenNumber.incrementAndGet();
    tokens.add(token);
    return Said.of(
        200,
        "{\"token_type\":\"Bearer\",\"expires_in\":"
            + tokenSeconds
            + ",\"ext_expires_in\":3599,\"access_token\":\""
            + token
            + "\"}");
  }

  private boolean proven(Map<String, String> form) {
    return registered
        .map(certificate ->
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                    .equals(form.get("client_assertion_type"))
                && isGood(form.getOrDefault("client_assertion", ""), certificate))
        .orElseGet(() -> SECRET.equals(form.get("client_secret")));
  }

  private boolean isGood(String assertion, Certificate certificate) {
    String[] parts = assertion.split("\\.", -1);
    JsonNode header = Json.parse(decoded(parts[0]));
    JsonNode claims = Json.parse(decoded(parts[1]));
    String print =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(java.util.HexFormat.of().parseHex(certificate.sha256Hex()));
    return header.path("alg").asText().equals("PS256")
        && header.path("x5t#S256").asText().equals(print)
        && claims.path("aud").asText().equals(url("/" + TENANT + "/oauth2/v2.0/token"))
        && claims.path("iss").asText().equals(CLIENT)
        && claims.path("sub").asText().equals(CLIENT)
        && !claims.path("jti").asText().isEmpty()
        && claims.path("exp").asLong() > claims.path("nbf").asLong()
        && verifies(
            certificate, parts[0] + "." + parts[1], Base64.getUrlDecoder().decode(parts[2]));
  }

  private static boolean verifies(Certificate certificate, String text, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("RSASSA-PSS");
      verifier.setParameter(
          new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      verifier.initVerify(certificate.toX509().getPublicKey());
      verifier.update(text.getBytes(StandardCharsets.US_ASCII));
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String decoded(String part) {
    return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
  }

  private Said endpoints(Asked request) {
    if (!isBearer(request, "graph-")) {
      return Said.of(401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}");
    }
    return Said.of(
        200,
        "{\"value\":[{\"capability\":\"x\",\"providerName\":\"PkiConnectorFEService\",\"uri\":\""
            + url(CONNECTOR)
            + "\"},{\"capability\":\"x\",\"providerName\":\""
            + serviceName
            + "\",\"uri\":\""
            + (service.isEmpty() ? service() : service)
            + "\"}]}");
  }

  private boolean isBearer(Asked request, String kind) {
    String header = request.header("Authorization");
    return header.startsWith("Bearer " + kind)
        && tokens.contains(header.substring("Bearer ".length()));
  }

  private Said action(Asked request) {
    if (!isBearer(request, "intune-")) {
      return Said.of(401, "");
    }
    List<String> wrong = new ArrayList<>();
    if (!request.header("api-version").equals("2018-02-20")) {
      wrong.add("api-version");
    }
    if (!request.header("Content-Type").equals("application/json")) {
      wrong.add("Content-Type");
    }
    if (!request.header("client-request-id").matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
      wrong.add("client-request-id");
    }
    if (request.header("UserAgent").isEmpty()) {
      wrong.add("UserAgent");
    }
    if (!wrong.isEmpty()) {
      return Said.of(400, "{\"wrong\":\"" + wrong + "\"}");
    }
    JsonNode body = Json.parse(request.body());
    String action = request.path().substring(request.path().lastIndexOf('/') + 1);
    return switch (action) {
      case "validateRequest" ->
          holds(body, "request", "transactionId", "certificateRequest", "callerInfo")
              ? validated(body.path("request"))
              : Said.of(400, "{}");
      case "successNotification" ->
          holds(
                  body,
                  "notification",
                  "transactionId",
                  "certificateRequest",
                  "certificateThumbprint",
                  "certificateSerialNumber",
                  "certificateExpirationDateUtc",
                  "issuingCertificateAuthority",
                  "callerInfo",
                  "caConfiguration",
                  "certificateAuthority")
              ? success()
              : Said.of(400, "{}");
      case "failureNotification" ->
          holds(
                      body,
                      "notification",
                      "transactionId",
                      "certificateRequest",
                      "hResult",
                      "errorDescription",
                      "callerInfo")
                  && body.path("notification").path("hResult").isInt()
              ? success()
              : Said.of(400, "{}");
      default -> Said.of(404, "{}");
    };
  }

  private static boolean holds(JsonNode body, String member, String... names) {
    if (!(body.path(member) instanceof ObjectNode content) || body.size() != 1) {
      return false;
    }
    List<String> there = new ArrayList<>();
    content.fieldNames().forEachRemaining(there::add);
    return there.size() == names.length && there.containsAll(Arrays.asList(names));
  }

  private static Said success() {
    return Said.of(200, "{\"code\":\"Success\",\"errorDescription\":\"\"}");
  }

  private Said validated(JsonNode request) {
    String challenge =
        CertificationRequest.parse(
                Base64.getDecoder().decode(request.path("certificateRequest").asText()))
            .challengePassword()
            .map(RequestAttribute.ChallengePassword::value)
            .orElse("");
    return challenges.contains(challenge)
        ? success()
        : Said.of(200, "{\"code\":\"ChallengeDecodingError\",\"errorDescription\":\"no\"}");
  }

  /// The body of the only notification at `action`, or nothing yet.
  Optional<JsonNode> notification(String action) {
    return asked(action).stream()
        .map(one -> Json.parse(one.body()).path("notification"))
        .findFirst();
  }

  /// Settings of an endpoint that asks it.
  String settings(java.nio.file.Path anchor, String proof) {
    return """
    {tenant: %s, client-id: %s, %s, login-url: "https://localhost:%d", graph-url: "https://localhost:%d",
     anchors: "%s", timeout: 5s, provider: Chancery-test}\
    """
        .formatted(TENANT, CLIENT, proof, port(), port(), anchor);
  }

  static Instant expiry(JsonNode notification) {
    return Instant.parse(notification.path("certificateExpirationDateUtc").asText());
  }
}
