package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.outbound.OutboundException;
import dev.chancery.server.scep.outbound.OutboundHttp;
import dev.chancery.server.scep.outbound.OutboundHttp.Answer;
import dev.chancery.server.scep.outbound.OutboundTrust;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// Gets tokens by client credentials (RFC 6749 §4.4), with a secret or with a signed assertion (RFC
/// 7523), and keeps each until shortly before it ends. Thread-safe.
final class TokenService {
  /// A token is not used in its last minutes, or it would end on the way.
  private static final Duration MARGIN = Duration.ofMinutes(5);

  private static final Duration ASSERTION_LIFETIME = Duration.ofMinutes(5);
  private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

  private record Token(String value, Instant usableUntil) {}

  private final IntuneSettings settings;
  private final OutboundHttp http;
  private final Clock clock;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  private final Turn turn;

  TokenService(IntuneSettings settings, OutboundHttp http, Clock clock) {
    this.settings = settings;
    this.http = http;
    this.clock = clock;
    this.turn = new Turn(settings.timeout());
  }

  /// A token for `scope`, from the cache if one is there.
  String token(String scope) throws OutboundException {
    return turn.take(() -> {
      Token held = tokens.get(scope);
      if (held == null || !clock.instant().isBefore(held.usableUntil())) {
        held = fetch(scope);
        tokens.put(scope, held);
      }
      return held.value();
    });
  }

  /// Forgets a token that the other side would not take.
  void forget(String scope, String token) {
    tokens.computeIfPresent(scope, (_, held) -> held.value().equals(token) ? null : held);
  }

  private Token fetch(String scope) throws OutboundException {
    URI uri =
        URI.create(
            withoutSlash(settings.loginUrl()) + "/" + settings.tenant() + "/oauth2/v2.0/token");
    Instant asked = clock.instant();
    Answer answer =
        http.post(
            uri,
            Map.of("Content-Type", "application/x-www-form-urlencoded"),
            form(uri, scope).getBytes(StandardCharsets.UTF_8));
    if (answer.status() != 200) {
      throw LoginProblem.of(answer);
    }
    try {
      JsonNode json = Json.parse(answer.body());
      String value = json.path("access_token").asText("");
      long seconds = json.path("expires_in").asLong(0);
      if (value.isEmpty() || !value.matches("[\\x21-\\x7e]+") || seconds <= 0) {
        throw new MalformedException("there is no access_token with a lifetime in it");
      }
      return new Token(value, asked.plusSeconds(seconds).minus(MARGIN));
    } catch (MalformedException e) {
      throw new OutboundException(
          "token-malformed",
          "the answer of the token service is none: " + e.safeMessage(),
          "is login-url right?");
    }
  }

  static String withoutSlash(URI uri) {
    String text = uri.toString();
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  private String form(URI uri, String scope) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("grant_type", "client_credentials");
    fields.put("client_id", settings.clientId());
    fields.put("scope", scope);
    switch (settings.proof()) {
      case IntuneSettings.Proof.Secret(var secret) -> fields.put("client_secret", secret.text());
      case IntuneSettings.Proof.Certificate(OutboundTrust.Identity identity) -> {
        fields.put(
            "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        fields.put("client_assertion", assertion(uri, identity));
      }
    }
    return fields.entrySet().stream()
        .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A JWT with PS256 and the certificate's SHA-256, as Microsoft's identity platform takes it.
  private String assertion(URI audience, OutboundTrust.Identity identity) {
    Certificate certificate = identity.chain().getFirst();
    ObjectNode header = Json.object();
    header.put("alg", "PS256");
    header.put("typ", "JWT");
    header.put("x5t#S256", BASE64_URL.encodeToString(sha256(certificate)));
    Instant now = clock.instant();
    ObjectNode claims = Json.object();
    claims.put("aud", audience.toString());
    claims.put("iss", settings.clientId());
    claims.put("sub", settings.clientId());
    claims.put("jti", Uuids.fresh());
    claims.put("nbf", now.getEpochSecond());
    claims.put("exp", now.plus(ASSERTION_LIFETIME).getEpochSecond());
    String signed = part(header) + "." + part(claims);
    return signed + "." + BASE64_URL.encodeToString(sign(identity.key(), signed));
  }

  private static String part(JsonNode json) {
    return BASE64_URL.encodeToString(Json.line(json).getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sha256(Certificate certificate) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(certificate.der().toByteArray());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no SHA-256", e);
    }
  }

  private static byte[] sign(PrivateKey key, String text) {
    try {
      Signature signature = Signature.getInstance("RSASSA-PSS");
      signature.setParameter(
          new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      signature.initSign(key);
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the assertion could not be signed: is the key RSA?", e);
    }
  }
}
