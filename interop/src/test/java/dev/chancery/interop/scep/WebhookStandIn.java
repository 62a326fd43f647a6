package dev.chancery.interop.scep;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.server.admin.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// An operator's webhook, written after docs/scep.md: it verifies the signature and its age before
/// it reads anything.
final class WebhookStandIn extends StandIn {
  static final String SECRET = "0123456789abcdef0123456789abcdef";

  private final Clock clock;
  private volatile Said decision = Said.of(200, "{\"allow\":true,\"reference\":\"ticket-7\"}");
  private volatile Said receipt = Said.of(204, "");
  private volatile boolean stalls;
  private volatile Runnable meanwhile = () -> {};
  private final CountDownLatch stalled = new CountDownLatch(1);

  WebhookStandIn(Clock clock) {
    this.clock = clock;
  }

  WebhookStandIn(Clock clock, int port) {
    super(port);
    this.clock = clock;
  }

  void decide(Said said) {
    decision = said;
  }

  void decide(String json) {
    decision = Said.of(200, json);
  }

  void receive(Said said) {
    receipt = said;
  }

  /// What happens before each decision from now on.
  void meanwhile(Runnable event) {
    meanwhile = event;
  }

  /// From now on decisions never come.
  void stall() {
    stalls = true;
  }

  @Override
  public void close() {
    stalled.countDown();
    super.close();
  }

  @Override
  Said answer(Asked request) {
    if (!isSigned(request, SECRET, clock.instant())) {
      return Said.of(401, "");
    }
    if (request.path().equals("/outcome")) {
      return receipt;
    }
    if (stalls) {
      try {
        stalled.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    meanwhile.run();
    return decision;
  }

  /// HMAC-SHA-256 over timestamp, full stop and body, at most five minutes old.
  static boolean isSigned(Asked request, String secret, Instant now) {
    try {
      String timestamp = request.header("X-Chancery-Timestamp");
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      String expected =
          "v1="
              + HexFormat.of()
                  .formatHex(
                      mac.doFinal(
                          (timestamp + "." + request.body()).getBytes(StandardCharsets.UTF_8)));
      Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), now).abs();
      return expected.equals(request.header("X-Chancery-Signature"))
          && age.compareTo(Duration.ofMinutes(5)) < 0;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  List<JsonNode> questions() {
    return asked("/decide").stream().map(one -> Json.parse(one.body())).toList();
  }

  List<JsonNode> outcomes() {
    return asked("/outcome").stream().map(one -> Json.parse(one.body())).toList();
  }
}
