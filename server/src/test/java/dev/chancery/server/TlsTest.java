package dev.chancery.server;

import static dev.chancery.server.RunningServer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsTest {
  private static final String CACERTS = "/.well-known/est/cacerts";

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  TlsTest() {}

  @ParameterizedTest
  @ValueSource(strings = {"conscrypt", "jdk"})
  void aDeviceEnrolsAndRenewsWithItsCertificate(String provider) throws Exception {
    try (RunningServer chancery = start(provider)) {
      Credentials.Created credential = credentialFor(chancery, "sensor-1.example");
      KeyPair key = KeyPairs.generate(KeyType.P_256);
      String csr = csr("sensor-1.example", key);
      String basic =
          Base64.getEncoder()
              .encodeToString(
                  (credential.credential().id() + ":" + credential.secret())
                      .getBytes(StandardCharsets.UTF_8));

      String enrolled = chancery.tls(post("simpleenroll", csr, "Authorization: Basic " + basic));

      assertThat(enrolled).startsWith("HTTP/1.1 200 ");
      var certificate =
          chancery.server().services().ledger().newestAuditEntries(1).stream()
              .map(entry -> entry.event().details().get("serial"))
              .map(serial ->
                  chancery
                      .server()
                      .services()
                      .ledger()
                      .certificate("issuing", serial)
                      .orElseThrow()
                      .certificate())
              .findFirst()
              .orElseThrow();
      String renewed =
          chancery.tls(post("simplereenroll", csr, "X-Nothing: 1"), key, certificate.toX509());
      assertThat(renewed).startsWith("HTTP/1.1 200 ");
      assertThat(chancery.clear(request("GET", "/metrics")))
          .contains(
              "chancery_enrollments_total{code=\"\",endpoint=\"est\",outcome=\"issued\",protocol=\"est\"} 2.0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"conscrypt", "jdk"})
  void oldVersionsOfTlsFailAndBothNewOnesWork(String provider) throws Exception {
    try (RunningServer chancery = start(provider)) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        try (SSLSocket socket = chancery.connect(chancery.trusting(), List.of(version))) {
          assertThat(socket.getSession().getProtocol()).isEqualTo(version);
          assertThat(RunningServer.exchange(socket, request("GET", CACERTS)))
              .startsWith("HTTP/1.1 200 ");
        }
      }
      assertThatThrownBy(() -> chancery.connect(chancery.trusting(), List.of("TLSv1.1")))
          .isInstanceOf(SSLException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"conscrypt", "jdk"})
  void aForeignCertificateIsRefusedInWordsNotInTheHandshake(String provider) throws Exception {
    try (RunningServer chancery = start(provider);
        RunningServer other = startIn(Files.createDirectory(folder.resolve("other")), provider)) {
      KeyPair key = KeyPairs.generate(KeyType.P_256);

      String reply =
          chancery.tls(
              post("simpleenroll", csr("a.example", key), "X-Nothing: 1"),
              key,
              // Not even of this key; the handshake proves possession of what it presents.
              SelfSigned.certificate(key, other.server().root().subject()));

      assertThat(reply).startsWith("HTTP/1.1 403 ").contains("certificate-untrusted");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void resetConnectionsLeaveNoFileDescriptorsBehind() throws Exception {
    try (RunningServer chancery = start("conscrypt")) {
      resetConnections(chancery, 20);
      long before = openFiles();

      resetConnections(chancery, 200);

      assertThat(openFiles()).isLessThan(before + 50);
    }
  }

  private static void resetConnections(RunningServer chancery, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      try (Socket socket = chancery.connect(chancery.trusting(), List.of())) {
        socket.setSoLinger(true, 0);
      }
    }
    // The server has seen the resets when it has answered somebody who came after them.
    assertThat(chancery.tls(request("GET", "/healthz"))).contains("ok");
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private RunningServer start(String provider) throws IOException {
    return startIn(folder, provider);
  }

  private static RunningServer startIn(Path folder, String provider) throws IOException {
    return RunningServer.start(
        folder, Clock.systemUTC(), RunningServer.PORTS.formatted(", provider: " + provider));
  }

  private static Credentials.Created credentialFor(RunningServer chancery, String name) {
    return chancery
        .server()
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Exactly(SubjectNames.parse("CN=" + name, List.of("dns:" + name))),
                "device",
                List.of(),
                1,
                Duration.ofHours(1),
                Optional.empty()),
            "operator");
  }

  private static String csr(String name, KeyPair key) {
    return Base64.getEncoder()
        .encodeToString(
            CertificationRequestBuilder.builder(
                    SubjectNames.parse("CN=" + name, List.of("dns:" + name)), key)
                .build()
                .der()
                .toByteArray());
  }

  /// A request with a body and one more header field.
  private static String post(String operation, String body, String field) {
    return RunningServer.header(
            "POST /.well-known/est/" + operation + " HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            "Content-Type: application/pkcs10",
            field,
            "Content-Length: " + body.length())
        + body;
  }
}
