package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.EstCoapClient;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.EstWarning;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Our client over CoAP, against our server and against impostors of it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoapClientTest {
  private final Instant now = Instant.now();
  private final OtherAuthority maker = OtherAuthority.create("CN=Maker Root", now);
  private final List<EstWarning> warnings = new ArrayList<>();
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("maker.pem"), maker.certificate().toPem());
    chancery =
        Installation.start(
            folder,
            """
              coaps: {enabled: true, address: 127.0.0.1, port: 0}
            profiles:
              device: {}
              guarded: {approval: manual, retry-after: 7s}
            est:
              endpoints:
                - label: ""
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=sensor-*"]}
                - label: slow
                  profile: guarded
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=sensor-*"], profile: guarded}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-300", "EST-302", "EST-307", "EST-313"})
  void aDeviceEnrolsAndRenewsOverOneSessionEach() {
    Installation.Made made = request("CN=sensor-1");
    Certificate first;
    try (EstCoapClient client = open("", explicit(), maker.issue("CN=sensor-1", now))) {
      assertThat(client.refreshedAnchors().anchors()).containsExactly(chancery.server().root());
      assertThat(client.csrAttributes().elements()).isNotEmpty();
      first = issued(client.enroll(made.request()));
    }
    try (EstCoapClient client =
        open("", explicit(), new Wire.Identity(made.keyPair(), List.of(first)))) {
      client.refreshedAnchors();
      Certificate second = issued(client.reenroll(request("CN=sensor-1").request()));

      assertThat(second.names()).isEqualTo(first.names());
      assertThat(second).isNotEqualTo(first);
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  @Requirement("EST-309")
  void aDelayedAnswerIsAskedForAgainWithTheSameRequest() {
    Installation.Made made = request("CN=sensor-2");
    try (EstCoapClient client =
        open("/.well-known/est/slow", explicit(), maker.issue("CN=sensor-2", now))) {
      client.refreshedAnchors();

      Enrollment waits = client.enroll(made.request());
      var ticket = chancery.services().ledger().pendingRequests(1).getFirst().ticket();
      chancery.services().pendingRequests().approve(ticket, "test");
      Enrollment decided = client.enroll(made.request());

      assertThat(waits).isEqualTo(new Enrollment.Pending(Duration.ofSeconds(7)));
      assertThat(issued(decided).subject()).hasToString("CN=sensor-2");
    }
  }

  @Test
  @Requirement("EST-308")
  void aRefusalIsTheServersWordsWithItsCode() {
    try (EstCoapClient client = open("", explicit(), maker.issue("CN=other-1", now))) {
      assertThatThrownBy(client::caCertificates)
          .isInstanceOfSatisfying(
              EstClientException.Refused.class,
              refused -> {
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.explanation()).contains("allow-list");
              });
    }
  }

  @Test
  @Requirement("EST-304")
  void withoutAnchorsItDoesNotBegin() {
    assertThatThrownBy(() ->
            open(
                "",
                new TrustAnchors(EstClient.EXPLICIT, List.of(), List.of()),
                maker.issue("CN=sensor-3", now)))
        .isInstanceOfSatisfying(
            EstClientException.Untrusted.class,
            refused -> assertThat(refused.code()).isEqualTo(Code.SERVER_UNTRUSTED));
  }

  @Test
  @Requirement({"EST-304", "EST-302"})
  void aServerThatNoAnchorVouchesForGetsNoRequest() {
    long before = chancery.lastAudit().sequence();
    TrustAnchors foreign =
        new TrustAnchors(EstClient.EXPLICIT, List.of(maker.certificate()), List.of());
    try (EstCoapClient client = open("", foreign, maker.issue("CN=sensor-4", now))) {
      assertThatThrownBy(() -> client.enroll(request("CN=sensor-4").request()))
          .isInstanceOfSatisfying(
              EstClientException.Untrusted.class,
              refused -> assertThat(refused.code()).isEqualTo(Code.SERVER_UNTRUSTED));
    }
    assertThat(chancery.lastAudit().sequence()).isEqualTo(before);
  }

  @Test
  @Requirement("EST-316")
  void underImplicitAnchorsItNoticesThatTheServerIsNoRegistrationAuthority() {
    TrustAnchors implicit =
        new TrustAnchors(
            EstClient.IMPLICIT,
            List.of(chancery.server().root()),
            chancery.services().authority().certificatesOf("issuing").subList(0, 1));
    List<EstWarning> noticed = new ArrayList<>();
    try (EstCoapClient client =
        EstCoapClient.open(
            server(""),
            implicit,
            holder(maker.issue("CN=sensor-5", now)),
            Duration.ofSeconds(20),
            noticed::add,
            Clock.systemUTC())) {
      issued(client.enroll(request("CN=sensor-5").request()));
    }
    assertThat(noticed).containsExactly(EstWarning.NO_REGISTRATION_AUTHORITY);
  }

  @Test
  @Requirement("EST-302")
  void aKeyThatDtlsCannotUseHereIsToldBeforeAnythingIsSent() {
    var made = KeyPairs.generate(KeyType.RSA_2048);
    Wire.Identity rsa = new Wire.Identity(made, maker.issue("CN=sensor-6", now).chain());
    assertThatThrownBy(
            () -> {
              try (EstCoapClient client = open("", explicit(), rsa)) {
                client.caCertificates();
              }
            })
        .isInstanceOf(EstClientException.Transport.class);
  }

  @Test
  @Requirement({"EST-300", "EST-304"})
  void theCommandEnrolsAndRenews(@TempDir Path folder) throws IOException {
    Wire.Identity idevid = maker.issue("CN=sensor-7", now);
    Files.writeString(folder.resolve("idevid.pem"), idevid.chain().getFirst().toPem());
    Files.writeString(folder.resolve("idevid.key"), KeyPairs.toPem(idevid.keyPair().getPrivate()));
    String url = "coaps://localhost:" + chancery.server().coapsPort().orElseThrow();

    command(
            folder,
            "enroll",
            "est-coaps",
            url,
            "--anchors",
            chancery.rootFile().toString(),
            "--device-cert",
            "idevid.pem",
            "--device-key",
            "idevid.key",
            "--subject",
            "CN=sensor-7",
            "--out",
            "sensor")
        .succeeded();
    String first = Files.readString(folder.resolve("sensor/cert.pem"));
    command(folder, "enroll", "est-coaps", url, "--renew", "--out", "sensor").succeeded();

    assertThat(Files.readString(folder.resolve("sensor/cert.pem"))).isNotEqualTo(first);
    assertThat(command(folder, "enroll", "est-coaps", url, "--out", "none").exitCode())
        .isEqualTo(2);
  }

  private static Program.Result command(Path folder, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.chancery.cli.Main"));
    command.addAll(List.of(arguments));
    return Program.run(folder, new byte[0], command);
  }

  private EstCoapClient open(String path, TrustAnchors anchors, Wire.Identity identity) {
    return EstCoapClient.open(
        server(path),
        anchors,
        holder(identity),
        Duration.ofSeconds(20),
        warnings::add,
        Clock.systemUTC());
  }

  private EstServer server(String path) {
    return EstServer.parseCoaps(
        "coaps://localhost:" + chancery.server().coapsPort().orElseThrow() + path);
  }

  private static ClientAuthentication.Holder holder(Wire.Identity identity) {
    return new ClientAuthentication.Holder(identity.keyPair().getPrivate(), identity.chain());
  }

  private TrustAnchors explicit() {
    return new TrustAnchors(EstClient.EXPLICIT, List.of(chancery.server().root()), List.of());
  }

  private static Certificate issued(Enrollment enrollment) {
    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    return ((Enrollment.Issued) enrollment).certificate();
  }
}
