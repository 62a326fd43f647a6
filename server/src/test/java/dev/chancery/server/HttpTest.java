package dev.chancery.server;

import static dev.chancery.server.RunningServer.header;
import static dev.chancery.server.RunningServer.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HttpTest {
  private static final String CACERTS = "/.well-known/est/cacerts";
  private static final String ENROLL = "POST /.well-known/est/simpleenroll HTTP/1.1";

  private RunningServer chancery;

  @SuppressWarnings("NullAway.Init") // JUnit calls start() first.
  HttpTest() {}

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    chancery = RunningServer.start(folder, Clock.systemUTC());
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  void repliesAreSmallAndHaveTheirLength() throws Exception {
    String reply = chancery.tls(request("GET", CACERTS));

    assertThat(reply).startsWith("HTTP/1.1 200 OK\r\n");
    assertThat(reply).containsPattern("\r\nContent-Length: \\d+\r\n");
    assertThat(reply).containsPattern("\r\nX-Request-Id: [0-9a-f]{16}\r\n");
    assertThat(reply).doesNotContainIgnoringCase("chunked").doesNotContain("Server:");
    assertThat(reply.indexOf("\r\n\r\n")).isLessThan(400);
  }

  @Test
  void headIsAnsweredLikeGetWithoutTheBody() throws Exception {
    String head = chancery.tls(request("HEAD", CACERTS));
    String get = chancery.tls(request("GET", CACERTS));

    assertThat(head).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n");
    assertThat(lengthIn(head)).isEqualTo(lengthIn(get)).isPositive();
  }

  @Test
  void aWrongMethodIsToldTheRightOnes() throws Exception {
    assertThat(chancery.tls(request("PUT", CACERTS)))
        .startsWith("HTTP/1.1 405 ")
        .contains("\r\nAllow: GET, HEAD\r\n");
    assertThat(chancery.tls(request("BREW", CACERTS))).startsWith("HTTP/1.1 501 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/.well-known/est/CACERTS",
        "/.well-known/est/cacerts/",
        "//.well-known/est/cacerts",
        "/.well-known//est/cacerts",
        "/.well-known/est/./cacerts",
        "/.well-known/x/../est/cacerts",
        "/.well-known/x/%2e%2e/est/cacerts",
        "/.well-known/est%2fcacerts",
        "/.well-known/est/cacerts;a=b",
        "/.well-known/est/%2563acerts",
        "/.well-known/est/nothing/cacerts",
      })
  void onlyTheExactPathLeadsAnywhere(String path) throws Exception {
    assertThat(chancery.tls(request("GET", path))).startsWith("HTTP/1.1 404 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {CACERTS + "?x=1", "/.well-known/est/%63acerts"})
  void escapesAreDecodedOnceAndQueriesIgnored(String path) throws Exception {
    assertThat(chancery.tls(request("GET", path))).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void estDoesNotExistWithoutTls() throws Exception {
    assertThat(chancery.clear(request("GET", CACERTS))).startsWith("HTTP/1.1 404 ");
    assertThat(chancery.clear(request("GET", "/healthz"))).startsWith("HTTP/1.1 200 ");
    assertThat(chancery.clear(request("GET", "/readyz"))).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void metricsAreOnTheClearListenerOnly() throws Exception {
    assertThat(chancery.clear(request("GET", "/metrics")))
        .contains("chancery_http_requests_total")
        .contains("jvm_memory_used_bytes");
    assertThat(chancery.tls(request("GET", "/metrics"))).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void tooMuchIsRefusedWithItsStatus() throws Exception {
    assertThat(chancery.tls(header(ENROLL, "Host: x", "Content-Length: 70000")))
        .startsWith("HTTP/1.1 413 ");
    String chunk = "ffff\r\n" + "a".repeat(0xffff) + "\r\n";
    assertThat(
            chancery.tls(header(ENROLL, "Host: x", "Transfer-Encoding: chunked") + chunk + chunk))
        .startsWith("HTTP/1.1 413 ");
    assertThat(
            chancery.clear(
                header("GET /healthz HTTP/1.1", "Host: x", "X-Big: " + "a".repeat(60_000))))
        .startsWith("HTTP/1.1 431 ")
        .doesNotContain("<");
  }

  @Test
  void whoIsTooSlowIsToldAndCutOff() throws Exception {
    String reply = chancery.tls(header(ENROLL, "Host: x", "Content-Length: 100") + "ab");

    assertThat(reply).startsWith("HTTP/1.1 408 ");
  }

  @Test
  void clientsMayWaitForOneHundredContinue() throws Exception {
    try (Socket socket = chancery.connect(chancery.trusting(), java.util.List.of())) {
      socket
          .getOutputStream()
          .write(
              header(
                      ENROLL,
                      "Host: x",
                      "Connection: close",
                      "Content-Type: application/pkcs10",
                      "Content-Length: 4",
                      "Expect: 100-continue")
                  .getBytes(StandardCharsets.ISO_8859_1));
      byte[] interim = socket.getInputStream().readNBytes(header("HTTP/1.1 100 Continue").length());
      String reply = RunningServer.exchange(socket, "MAAA");

      assertThat(new String(interim, StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 100 ");
      assertThat(reply).startsWith("HTTP/1.1 401 ");
    }
  }

  @Test
  void whatIsNoHttpGetsOneLineOfText() throws Exception {
    String reply = chancery.clear(header("HELLO"));

    assertThat(reply).startsWith("HTTP/1.1 400 ").contains("text/plain").doesNotContain("<");
  }

  @Test
  void http10AndSeveralRequestsPerConnectionWork() throws Exception {
    assertThat(chancery.clear(header("GET /healthz HTTP/1.0"))).endsWith("\r\n\r\nok\n");

    String two =
        chancery.clear(header("GET /healthz HTTP/1.1", "Host: x") + request("GET", "/healthz"));

    assertThat(two.split("HTTP/1.1 200 OK", -1)).hasSize(3);
  }

  private static int lengthIn(String reply) {
    var matcher = java.util.regex.Pattern.compile("Content-Length: (\\d+)").matcher(reply);
    assertThat(matcher.find()).isTrue();
    return Integer.parseInt(matcher.group(1));
  }
}
