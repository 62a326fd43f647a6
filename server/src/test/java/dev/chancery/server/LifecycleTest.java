package dev.chancery.server;

import static dev.chancery.server.RunningServer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.ledger.SqliteLedger;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LifecycleTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  LifecycleTest() {}

  @Test
  void theServerRenewsItsOwnCertificateWithoutARestart() throws Exception {
    SettableClock clock = new SettableClock(Instant.now());
    try (RunningServer chancery = RunningServer.start(folder, clock)) {
      X509Certificate first = served(chancery);
      clock.advance(Duration.ofDays(59));
      assertThat(chancery.server().renewIfDue()).isFalse();

      clock.advance(Duration.ofDays(2));
      assertThat(chancery.server().renewIfDue()).isTrue();

      X509Certificate second = served(chancery);
      assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
      assertThat(second.getPublicKey()).isNotEqualTo(first.getPublicKey());
      assertThat(second.getSubjectAlternativeNames()).hasSize(2);
    }
  }

  @Test
  void theEndOfTheAuditIsVouchedForElsewhere() throws Exception {
    Path copy = folder.resolveSibling("copy-" + folder.getFileName() + ".log");
    try (DatagramSocket syslog = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      syslog.setSoTimeout(20_000);
      String audit =
          """
          audit:
            checkpoint-copy: %s
            syslog: {transport: udp, host: 127.0.0.1, port: %d}
          """
              .formatted(copy, syslog.getLocalPort());
      RunningServer.start(folder, Clock.systemUTC(), RunningServer.PORTS.formatted("") + audit)
          .close();

      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      syslog.receive(packet);
      String message =
          new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
      assertThat(Files.readString(copy))
          .isEqualTo(Files.readString(folder.resolve("audit-checkpoints.log")))
          .contains(message.substring(message.indexOf(" - ") + 3));
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  @Test
  void aRestartKeepsIssuersAndServerCertificate() throws Exception {
    X509Certificate first;
    try (RunningServer chancery = RunningServer.start(folder, Clock.systemUTC())) {
      assertThat(chancery.server().firstStart()).isTrue();
      first = served(chancery);
    }

    try (RunningServer chancery = RunningServer.start(folder, Clock.systemUTC())) {
      assertThat(chancery.server().firstStart()).isFalse();
      assertThat(served(chancery)).isEqualTo(first);
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("secrets.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aReloadTakesEffectAtOnceAndAnUnsoundFileChangesNothing() throws Exception {
    String yaml = RunningServer.PORTS.formatted("");
    String factory = request("GET", "/.well-known/est/factory/cacerts");
    try (RunningServer chancery = RunningServer.start(folder, Clock.systemUTC(), yaml)) {
      assertThat(chancery.tls(factory)).startsWith("HTTP/1.1 404 ");

      chancery.configure(yaml + "est: {endpoints: [{}, {label: factory}]}\n");
      chancery.server().reload();

      assertThat(chancery.tls(factory)).startsWith("HTTP/1.1 200 ");
      assertThat(chancery.server().services().endpoints().get())
          .containsExactly("est", "est/factory");

      chancery.configure("est: {endpoint: []}\n");
      assertThatThrownBy(chancery.server()::reload).isInstanceOf(ConfigurationException.class);
      assertThat(chancery.tls(factory)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aReloadWithOtherHostNamesGetsAnotherCertificate() throws Exception {
    try (RunningServer chancery = RunningServer.start(folder, Clock.systemUTC())) {
      chancery.configure(
          RunningServer.PORTS.formatted("").replace("[localhost,", "[ca.example, localhost,"));

      chancery.server().reload();

      assertThat(served(chancery).getSubjectX500Principal().getName()).isEqualTo("CN=ca.example");
    }
  }

  @Test
  void aDataFolderBelongsToOneServer() throws Exception {
    try (RunningServer _ = RunningServer.start(folder, Clock.systemUTC())) {
      assertThatThrownBy(() -> ChanceryServer.start(folder, Clock.systemUTC()))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("another server");
    }
  }

  @Test
  void aPortThatIsTakenIsSaidSoAndTheFolderIsReleased() throws Exception {
    Path second = Files.createDirectory(folder.resolve("second"));
    try (RunningServer chancery =
        RunningServer.start(Files.createDirectory(folder.resolve("first")), Clock.systemUTC())) {
      String taken =
          RunningServer.PORTS
              .formatted("")
              .replace("port: 0}", "port: " + chancery.server().clearPort() + "}");

      assertThatThrownBy(() -> RunningServer.start(second, Clock.systemUTC(), taken))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("cannot listen");
    }
    try (RunningServer chancery = RunningServer.start(second, Clock.systemUTC())) {
      assertThat(chancery.server().firstStart()).isTrue();
    }
  }

  @Test
  void startAndStopAreInTheSignedAudit() throws Exception {
    RunningServer.start(folder, Clock.systemUTC()).close();

    try (var ledger = SqliteLedger.open(folder.resolve("ledger.db"))) {
      assertThat(ledger.newestAuditEntries(10).reversed())
          .extracting(entry -> entry.event().action())
          .containsExactly(
              Action.ISSUER_CREATED,
              Action.LIST_PUBLISHED,
              Action.CERTIFICATE_ISSUED,
              Action.SERVER_STARTED,
              Action.SERVER_STOPPED,
              Action.CHECKPOINT_SIGNED);
      assertThat(ledger.checkpoints().getLast().sequence()).isEqualTo(5);
    }
  }

  private static X509Certificate served(RunningServer chancery) throws Exception {
    AtomicReference<X509Certificate> seen = new AtomicReference<>();
    X509TrustManager remembering =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String authType) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String authType) {
            seen.set(chain[0]);
          }

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    try (SSLSocket _ =
        chancery.connect(
            RunningServer.context(null, new TrustManager[] {remembering}), List.of())) {
      return seen.get();
    }
  }

  /// A clock that stands until it is set.
  private static final class SettableClock extends Clock {
    private volatile Instant now;

    SettableClock(Instant now) {
      this.now = now;
    }

    void advance(Duration duration) {
      now = now.plus(duration);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
