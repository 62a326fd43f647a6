package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.tls.EnrolledContext;
import dev.chancery.interop.Installation;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A Java program's HTTPS server with a certificate that keeps itself fresh.
final class EnrolledContextTest {
  private static final String TWO_ISSUERS =
      """
      issuers:
        issuing: {}
        second: {subject: CN=Second Issuing CA, root-subject: CN=Second Root CA}
      profiles:
        server: {extended-key-usage: [serverAuth, clientAuth], validity: 20s, backdate: 0}
      est:
        endpoints:
          - {label: '', issuer: issuing}
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void theTenLinesOfTheReadmeServeHttps() throws Exception {
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      var credential = chancery.credential("server", 1, "CN=localhost", "dns:localhost");
      Path secretFile = folder.resolve("secret");
      Files.writeString(secretFile, credential.secret());
      String ca = "https://localhost:" + chancery.server().tlsPort();
      String fingerprint = chancery.server().root().sha256Hex();
      String id = credential.credential().id();
      Path identity = folder.resolve("identity");

      EnrolledContext enrolled =
          EnrolledContext.builder(ca, identity)
              .fingerprint(fingerprint)
              .credential(id, secretFile)
              .alternatives("dns:localhost")
              .subject("CN=localhost")
              .start();
      HttpsServer server = HttpsServer.create(new InetSocketAddress("localhost", 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(enrolled.sslContext()));
      server.start();

      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
          });
      assertThat(get(server, enrolled.sslContext())).isEqualTo("ok");
      server.stop(0);
      enrolled.close();
    }
  }

  @Test
  void noConnectionFailsAcrossARenewalAndAChangeOfTheCa() throws Exception {
    try (Installation chancery = Installation.start(folder.resolve("server"), TWO_ISSUERS)) {
      var credential = chancery.credential("server", 100, "CN=localhost", "dns:localhost");
      Path secret = Files.writeString(folder.resolve("secret"), credential.secret());
      Certificate firstRoot = chancery.services().authority().certificatesOf("issuing").getLast();
      Certificate secondRoot = chancery.services().authority().certificatesOf("second").getLast();
      Path anchors =
          Files.writeString(folder.resolve("anchors.pem"), firstRoot.toPem() + secondRoot.toPem());

      try (EnrolledContext enrolled =
              EnrolledContext.builder(
                      "https://localhost:" + chancery.server().tlsPort(),
                      folder.resolve("identity"))
                  .anchors(anchors)
                  .credential(credential.credential().id(), secret)
                  .renewBefore(0.85)
                  .start();
          Served served = Served.by(enrolled, List.of(firstRoot, secondRoot))) {
        Certificate first = enrolled.certificate();
        served.awaitMore(20);

        served.until("a renewal by itself", () -> !enrolled.certificate().equals(first));
        Certificate renewed = enrolled.certificate();
        served.awaitMore(20);
        Files.writeString(
            chancery.folder().resolve("chancery.yaml"),
            Files.readString(chancery.folder().resolve("chancery.yaml"))
                .replace("{label: '', issuer: issuing}", "{label: '', issuer: second}"));
        chancery.server().reload();
        enrolled.refreshAnchors();
        served.until(
            "a certificate of the other CA",
            () -> !enrolled.certificate().issuer().equals(renewed.issuer()));
        served.awaitMore(40);

        assertThat(served.failures()).isEmpty();
        assertThat(renewed.issuer()).isEqualTo(first.issuer());
        assertThat(enrolled.certificate().issuer()).hasToString("CN=Second Issuing CA");
      }
    }
  }

  @Test
  void aStartWithoutACertificateFailsWithTheReason() throws Exception {
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      Path secret = Files.writeString(folder.resolve("secret"), "wrong");
      EnrolledContext.Builder builder =
          EnrolledContext.builder(
                  "https://localhost:" + chancery.server().tlsPort(), folder.resolve("identity"))
              .fingerprint(chancery.server().root().sha256Hex())
              .credential("nobody", secret);

      assertThatThrownBy(builder::start)
          .isInstanceOfSatisfying(
              FailedException.class,
              e -> assertThat(e.failure().code()).isEqualTo(Failure.Code.REFUSED));
    }
  }

  @Test
  void theNextStartDoesNotEnrolAgainAndNeedsNoServer() throws Exception {
    EnrolledContext.Builder builder;
    Certificate first;
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      var credential = chancery.credential("CN=again");
      builder =
          EnrolledContext.builder(
                  "https://localhost:" + chancery.server().tlsPort(), folder.resolve("identity"))
              .fingerprint(chancery.server().root().sha256Hex())
              .credential(
                  credential.credential().id(),
                  Files.writeString(folder.resolve("secret"), credential.secret()));
      try (EnrolledContext enrolled = builder.start()) {
        first = enrolled.certificate();
      }
    }

    try (EnrolledContext enrolled = builder.start()) {
      assertThat(enrolled.certificate()).isEqualTo(first);
      assertThat(enrolled.keyManager().getCertificateChain("enrolled-1")).isNotEmpty();
    }
  }

  private static String get(HttpsServer server, SSLContext trusting) throws IOException {
    URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/");
    HttpsURLConnection connection = (HttpsURLConnection) uri.toURL().openConnection();
    connection.setSSLSocketFactory(trusting.getSocketFactory());
    connection.setConnectTimeout(20_000);
    connection.setReadTimeout(20_000);
    connection.setRequestProperty("Connection", "close");
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /// An HTTPS server, and two clients that keep asking it, each time on a connection of its own.
  private static final class Served implements AutoCloseable {
    private static final int CLIENTS = 2;

    private final HttpsServer server;
    private final ExecutorService serving = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService asking = Executors.newFixedThreadPool(CLIENTS);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Semaphore answers = new Semaphore(0);
    private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();

    private Served(HttpsServer server) {
      this.server = server;
    }

    static Served by(EnrolledContext enrolled, List<Certificate> trusted) throws Exception {
      HttpsServer server =
          HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(enrolled.sslContext()));
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
          });
      Served served = new Served(server);
      server.setExecutor(served.serving);
      server.start();
      for (int i = 0; i < CLIENTS; i++) {
        served.asking.execute(() -> served.ask(trusted));
      }
      return served;
    }

    private void ask(List<Certificate> trusted) {
      while (!stopped.get()) {
        try {
          // A context each time, so that no session is resumed.
          assertThat(get(server, trusting(trusted))).isEqualTo("ok");
          answers.release();
        } catch (Exception e) {
          failures.add(e);
        }
      }
    }

    private static SSLContext trusting(List<Certificate> trusted) throws Exception {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (Certificate root : trusted) {
        store.setCertificateEntry(root.sha256Hex(), root.toX509());
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    }

    /// Waits for answers that come from now on.
    void awaitMore(int count) throws InterruptedException {
      answers.drainPermits();
      assertThat(answers.tryAcquire(count, 40, TimeUnit.SECONDS))
          .as("%s more answers; failures: %s", count, failures)
          .isTrue();
    }

    /// Looks after each answer whether it has happened.
    void until(String what, BooleanSupplier happened) throws InterruptedException {
      Instant deadline = Instant.now().plus(Duration.ofSeconds(40));
      while (!happened.getAsBoolean()) {
        assertThat(Instant.now()).as("waiting for %s", what).isBefore(deadline);
        awaitMore(1);
      }
    }

    Queue<Exception> failures() {
      return failures;
    }

    @Override
    public void close() {
      stopped.set(true);
      // Waits for the questions under way.
      asking.close();
      server.stop(0);
      serving.close();
    }
  }
}
