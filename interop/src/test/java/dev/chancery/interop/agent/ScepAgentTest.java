package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.chancery.agent.Agent;
import dev.chancery.agent.CertificateStatus;
import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The agent at a SCEP endpoint: the same files, hooks and schedule, another protocol.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ScepAgentTest {
  private static final String SETTINGS =
      """
      profiles:
        by-hand: {approval: manual}
      scep:
        endpoints: [{}]
      """;

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(temporary.resolve("server"), SETTINGS);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private AgentHost host(String name, String profile, String more) {
    return AgentHost.overScep(
        chancery,
        folder.resolve(name),
        chancery.credential(profile, 1, "CN=" + name, "dns:" + name + ".example"),
        more);
  }

  private void later(Duration duration) {
    chancery.clock().advance(duration);
    chancery.server().reload();
  }

  @ParameterizedTest
  @CsvSource({"'',RSA_2048", "'key: {type: p-256}',P_256"})
  @Requirement({"SCEP-036", "SCEP-083", "SCEP-092", "SCEP-096", "SCEP-121", "SCEP-144"})
  void itEnrolsWithAChallengeAndRenewsWithTheCertificate(String key, KeyType type) {
    Program.need("openssl");
    String name = "scep-" + type.id();
    AgentHost host = host(name, "device", key);

    CertificateStatus enrolled = host.once();
    Certificate first = host.certificate();
    later(Duration.ofDays(61));
    CertificateStatus renewed = host.once();
    Certificate second = host.certificate();

    assertThat(enrolled.phase()).as(enrolled.toString()).isEqualTo(Phase.ENROLLED);
    assertThat(renewed.phase()).as(renewed.toString()).isEqualTo(Phase.ENROLLED);
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());
    assertThat(second.subjectPublicKeyInfo().type()).contains(type);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("message", "RenewalReq")
        .containsEntry("replaces", first.serialNumber().toString());
    Program.run(
            host.store(),
            "openssl",
            "verify",
            "-attime",
            Long.toString(chancery.clock().instant().getEpochSecond()),
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "chain.pem",
            "cert.pem")
        .succeeded();
  }

  @Test
  void hooksAndFormatsAreThoseOfAnyCertificate() throws IOException {
    AgentHost host =
        host(
            "scep-hooks",
            "device",
            """
            hooks:
              after: [sh, -c, 'cd $CHANCERY_FOLDER && test ! -e refuse && echo $CHANCERY_EVENT >> events']
            """);
    Path store = host.store();

    host.once();
    Certificate first = host.certificate();
    Files.createFile(store.resolve("refuse"));
    later(Duration.ofDays(61));
    CertificateStatus failed = host.once();
    Certificate kept = host.certificate();
    Files.delete(store.resolve("refuse"));
    later(Duration.ofDays(1));
    CertificateStatus renewed = host.once();

    assertThat(failed.failure().orElseThrow().code()).isEqualTo(Failure.Code.HOOK);
    assertThat(kept).isEqualTo(first);
    assertThat(renewed.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate()).isNotEqualTo(first);
    assertThat(Files.readAllLines(store.resolve("events"))).containsExactly("after", "after");
  }

  @Test
  @Requirement({"SCEP-077", "SCEP-102", "SCEP-104"})
  void aRequestThatWaitsForTheOperatorSurvivesTheAgentsRestart() {
    AgentHost host = host("scep-waits", "by-hand", "");

    CertificateStatus waiting = host.once();
    later(Duration.ofMinutes(10));
    CertificateStatus stillWaiting = host.once();
    var pending = chancery.services().pendingRequests();
    var tickets =
        pending.list(100).stream()
            .filter(one -> one.names().subject().toString().equals("CN=scep-waits"))
            .toList();
    pending.approve(tickets.getFirst().ticket(), "test");
    later(Duration.ofMinutes(10));
    CertificateStatus enrolled = host.once();

    assertThat(waiting.phase()).as(waiting.toString()).isEqualTo(Phase.WAITING);
    assertThat(stillWaiting.phase()).as(stillWaiting.toString()).isEqualTo(Phase.WAITING);
    assertThat(tickets).hasSize(1);
    assertThat(enrolled.phase()).as(enrolled.toString()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate().subject()).hasToString("CN=scep-waits");
  }

  @Test
  @Requirement("SCEP-122")
  void aWrongChallengeIsARefusalThatTheStatusNames() throws IOException {
    AgentHost host = host("scep-wrong", "device", "");
    Files.writeString(folder.resolve("scep-wrong").resolve("secret"), "another\n");

    CertificateStatus refused = host.once();

    assertThat(refused.phase()).isEqualTo(Phase.FAILING);
    assertThat(refused.failure().orElseThrow().code()).isEqualTo(Failure.Code.REFUSED);
    assertThat(refused.failure().orElseThrow().what()).contains("the challenge password");
    assertThat(host.store().resolve("key.pem")).doesNotExist();
  }

  @Test
  @Requirement("SCEP-035")
  void aServerWithAnotherCaGetsNoRequest() throws IOException {
    int audited = chancery.issued().size();
    AgentHost host =
        AgentHost.at(
            chancery,
            folder.resolve("scep-stranger"),
            chancery.credential("CN=stranger"),
            "{protocol: scep, url: 'http://127.0.0.1:%d/scep', fingerprint: %s}"
                .formatted(chancery.server().clearPort(), "ab".repeat(32)),
            "");

    CertificateStatus status = host.once();

    assertThat(status.failure().orElseThrow().code()).isEqualTo(Failure.Code.UNTRUSTED);
    assertThat(chancery.issued()).hasSize(audited);
  }

  /// The registration authority's key and certificate change long before the CA's.
  @Test
  @Requirement({"SCEP-045", "SCEP-154"})
  void aYearOfRenewalsOutlivesTheRegistrationAuthority() {
    AgentHost host = host("scep-year", "device", "");
    host.once();
    Certificate firstRa = registrationAuthority();

    for (int renewal = 0; renewal < 6; renewal++) {
      Certificate before = host.certificate();
      later(Duration.ofDays(61));
      CertificateStatus status = host.once();

      assertThat(status.phase()).as(status.toString()).isEqualTo(Phase.ENROLLED);
      assertThat(host.certificate()).isNotEqualTo(before);
    }

    assertThat(registrationAuthority()).isNotEqualTo(firstRa);
    try (Agent agent = host.agent()) {
      assertThat(agent.refresh("ca")).isFalse();
      assertThat(agent.anchors("ca")).containsExactly(chancery.server().root());
    }
  }

  private Certificate registrationAuthority() {
    URI url =
        URI.create(
            "http://127.0.0.1:" + chancery.server().clearPort() + "/scep?operation=GetCACert");
    try (HttpClient http = HttpClient.newHttpClient()) {
      return CertsOnly.parse(
              http.send(
                      HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray())
                  .body())
          .getFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whenTheServerIsDownThePairStaysAndIsRenewedWhenItIsBack(@TempDir Path own) {
    Path data = own.resolve("server");
    Credentials.Created credential;
    Certificate first;
    AgentHost lonely;
    SettableClock clock;
    try (Installation server = Installation.start(data, SETTINGS)) {
      clock = server.clock();
      credential = server.credential("CN=lonely");
      lonely = AgentHost.overScep(server, own.resolve("host"), credential, "");
      lonely.once();
      first = lonely.certificate();
    }
    clock.advance(Duration.ofDays(61));
    CertificateStatus down = lonely.once();
    Certificate kept = lonely.certificate();
    try (Installation server = Installation.start(data, SETTINGS, clock)) {
      AgentHost host = AgentHost.overScep(server, own.resolve("host"), credential, "");
      clock.advance(Duration.ofHours(1));
      CertificateStatus renewed = host.once();

      assertThat(down.failure().orElseThrow().code()).isEqualTo(Failure.Code.UNREACHABLE);
      assertThat(kept).isEqualTo(first);
      assertThat(renewed.phase()).as(renewed.toString()).isEqualTo(Phase.ENROLLED);
      assertThat(host.certificate()).isNotEqualTo(first);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  @Requirement("SCEP-009")
  void whenTheServerSaysWhenToComeBackThatIsWhenItComesBack(int status) throws IOException {
    HttpServer busy =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    busy.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Retry-After", "1000");
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    busy.start();
    try {
      AgentHost host =
          AgentHost.at(
              chancery,
              folder.resolve("scep-busy-" + status),
              chancery.credential("CN=busy"),
              "{protocol: scep, url: 'http://127.0.0.1:%d/scep', anchors-file: %s}"
                  .formatted(busy.getAddress().getPort(), chancery.rootFile()),
              "");

      CertificateStatus state = host.once();

      assertThat(state.failure().orElseThrow().code()).isEqualTo(Failure.Code.UNAVAILABLE);
      assertThat(Duration.between(chancery.clock().instant(), state.next()))
          .isBetween(Duration.ofSeconds(990), Duration.ofSeconds(1100));
    } finally {
      busy.stop(0);
    }
  }
}
