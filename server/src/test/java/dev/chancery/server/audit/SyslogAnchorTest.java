package dev.chancery.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.ledger.CheckpointFile;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.server.configuration.Configuration.Audit;
import dev.chancery.server.configuration.Configuration.Syslog;
import dev.chancery.server.configuration.Configuration.SyslogTransport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checkpoints leave the machine, to syslog servers that are real sockets.
final class SyslogAnchorTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private static final Checkpoint CHECKPOINT =
      new Checkpoint(
          42,
          "ab".repeat(32),
          Instant.parse("2026-03-01T10:15:30.250Z"),
          Der.of(new byte[] {0x30, 3, 2, 1, 7}));

  /// RFC 5424 §6: priority and version, time, host, application, process, message's kind, no
  /// structured data; and then the line of the checkpoint file.
  private static final String MESSAGE =
      "<109>1 2026-03-01T10:15:30.250Z [!-~]+ chancery \\d+ audit-checkpoint - "
          + "42 (ab){32} 1772360130250 MAMCAQc=";

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  SyslogAnchorTest() {}

  @Test
  void aCheckpointGoesOutAsADatagram() throws IOException {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      server.setSoTimeout(20_000);

      anchor(SyslogTransport.UDP, server.getLocalPort()).publish(CHECKPOINT);

      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      server.receive(packet);
      assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII))
          .matches(MESSAGE);
    }
  }

  @Test
  void overTcpTheMessageIsPrecededByItsLength() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      CompletableFuture<String> received = received(server);

      anchor(SyslogTransport.TCP, server.getLocalPort()).publish(CHECKPOINT);

      assertThat(received.get(20, TimeUnit.SECONDS))
          .satisfies(frame -> {
            String message = frame.substring(frame.indexOf(' ') + 1);
            assertThat(message).matches(MESSAGE);
            assertThat(frame).startsWith(message.length() + " <109>");
          });
    }
  }

  @Test
  void overTlsTheServerIsCheckedAgainstTheAnchors() throws Exception {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    Certificate own = certificate(key);
    try (ServerSocket server = tlsServer(key, own)) {
      CompletableFuture<String> received = received(server);

      new SyslogAnchor(
              new Syslog(SyslogTransport.TLS, "127.0.0.1", server.getLocalPort(), List.of(own)))
          .publish(CHECKPOINT);

      assertThat(received.get(20, TimeUnit.SECONDS)).containsPattern(MESSAGE);
    }
  }

  @Test
  void aTlsServerThatNobodyVouchesForGetsNothing() throws Exception {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    Certificate another = certificate(KeyPairs.generate(KeyType.P_256));
    try (ServerSocket server = tlsServer(key, certificate(key))) {
      CompletableFuture<String> received = received(server);
      SyslogAnchor anchor =
          new SyslogAnchor(
              new Syslog(
                  SyslogTransport.TLS, "127.0.0.1", server.getLocalPort(), List.of(another)));

      assertThatThrownBy(() -> anchor.publish(CHECKPOINT)).isInstanceOf(IOException.class);

      assertThat(received.handle((text, failure) -> text == null ? "" : text))
          .succeedsWithin(Duration.ofSeconds(20))
          .isEqualTo("");
    }
  }

  @Test
  void aCheckpointThatCouldNotBeHandedOverIsHandedOverLater() throws Exception {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
      port = taken.getLocalPort();
    }
    Path copy = folder.resolve("copy.log");
    Anchors anchors =
        Anchors.of(
            new Audit(
                Optional.of(copy),
                Optional.of(new Syslog(SyslogTransport.TCP, "127.0.0.1", port, List.of()))));

    anchors.publish(Optional.of(CHECKPOINT)); // Nobody listens.

    try (ServerSocket server = new ServerSocket(port, 1, LOOPBACK)) {
      CompletableFuture<String> received = received(server);
      anchors.publish(Optional.empty());
      assertThat(received.get(20, TimeUnit.SECONDS)).containsPattern(MESSAGE);
    }
    // The other anchor had taken it the first time.
    assertThat(Files.readAllLines(copy)).containsExactly(CheckpointFile.lineOf(CHECKPOINT));
    assertThat(new CheckpointFile(copy).read()).containsExactly(CHECKPOINT);
  }

  private static SyslogAnchor anchor(SyslogTransport transport, int port) {
    return new SyslogAnchor(new Syslog(transport, "127.0.0.1", port, List.of()));
  }

  /// What the first connection brings until it is closed.
  private static CompletableFuture<String> received(ServerSocket server) {
    return CompletableFuture.supplyAsync(() -> {
      try (Socket connection = server.accept()) {
        connection.setSoTimeout(20_000);
        return new String(connection.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
  }

  private static ServerSocket tlsServer(KeyPair key, Certificate own)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry("own", key.getPrivate(), new char[0], new X509Certificate[] {own.toX509()});
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context.getServerSocketFactory().createServerSocket(0, 1, LOOPBACK);
  }

  private static Certificate certificate(KeyPair key) {
    SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(key.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(KeyType.P_256);
    Instant now = Instant.now();
    SubjectNames names = SubjectNames.parse("CN=log", List.of("ip:127.0.0.1"));
    return new CertificateContent(
            SerialNumber.fresh(now),
            names.subject(),
            Der.of(publicKey.keyIdentifier()),
            now.minus(Duration.ofHours(1)),
            now.plus(Duration.ofHours(1)),
            names,
            publicKey,
            new Role.EndEntity(),
            List.of(KeyUsageBit.DIGITAL_SIGNATURE),
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(key.getPrivate(), tbs));
  }
}
