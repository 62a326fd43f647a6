package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.lab.FreePort;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.ScepClientException;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Debian's `scep`: an old client, which knows DES and SHA-1 only, and the server that belongs to
/// it.
class GoProgramsTest {
  private static final String SUBJECT = "CN=go,OU=MDM,O=scep-client,C=US";

  @Test
  @Requirement({"SCEP-082", "SCEP-132", "SCEP-133"})
  void itsClientEnrolsWhereTheOperatorAllowsDesAndNowhereElse(@TempDir Path folder)
      throws IOException {
    Program.need("scepclient");
    try (Installation chancery =
        Installation.start(
            folder.resolve("server"),
            """
            scep:
              endpoints:
                - {}
                - {label: legacy, algorithms: legacy}
            """)) {
      Path device = Files.createDirectory(folder.resolve("device"));

      Program.Result refused = scepclient(chancery, "/scep", device);
      assertThat(refused.exitCode()).isNotZero();
      assertThat(chancery.issued()).isEmpty();
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("code", "algorithm-not-allowed");

      scepclient(chancery, "/scep/legacy", device).succeeded();
      Certificate certificate =
          Certificate.parsePem(Files.readString(device.resolve("client.pem"))).getFirst();
      assertThat(certificate.subject()).isEqualTo(DistinguishedName.parse(SUBJECT));
      assertThat(chancery.lastAudit().event().details().get("algorithms")).startsWith("legacy");
    }
  }

  private static Program.Result scepclient(Installation chancery, String path, Path device) {
    Certificate ra = RawMessage.caCertificates(chancery, path).getFirst();
    return Program.run(
        device,
        "scepclient",
        "-server-url",
        RawMessage.uri(chancery, path).toString(),
        "-private-key",
        "client.key",
        "-certificate",
        "client.pem",
        "-challenge",
        RawMessage.challenge(chancery.credential(SUBJECT)),
        "-cn",
        "go",
        // Its one way to choose among several certificates.
        "-ca-fingerprint",
        ra.sha256Hex());
  }

  @Test
  @Requirement({"SCEP-026", "SCEP-035", "SCEP-036", "SCEP-072", "SCEP-121", "SCEP-135"})
  void ourClientIsUnderstoodByItsServerButTakesNoReplyInDes(@TempDir Path folder) throws Exception {
    Program.need("scepserver");
    Program.run(folder, "scepserver", "ca", "-init", "-depot", "depot").succeeded();
    int port = FreePort.tcp();
    Process server =
        new ProcessBuilder(
                "scepserver",
                "-depot",
                "depot",
                "-port",
                Integer.toString(port),
                "-challenge",
                "secret",
                "-allowrenew",
                "0")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("server.log").toFile())
            .start();
    try {
      awaitListening(port, server);
      ScepClient client = client(port, AcceptedAlgorithms.WEAK);
      Certificate ca = client.caCertificates().getFirst();
      assertThatThrownBy(() -> client.authorities(new Trust.Fingerprint("ab".repeat(32))))
          .isInstanceOf(ScepClientException.Untrusted.class);
      Authorities authorities = client.authorities(new Trust.Fingerprint(ca.sha256Hex()));
      // It answers in SHA-1 and DES, whatever it is asked in.
      ScepClient strict = client(port, AcceptedAlgorithms.MODERN);

      assertThatThrownBy(() -> enroll(strict, authorities, "secret"))
          .isInstanceOf(ScepClientException.Untrusted.class)
          .hasMessageContaining("weak digest");
      // With SHA-1 allowed, the reply is one of success; still nobody gets it to read DES.
      assertThatThrownBy(() -> enroll(client, authorities, "secret"))
          .isInstanceOf(ScepClientException.Untrusted.class)
          .hasMessageContaining("weak cipher");
      assertThatThrownBy(() -> enroll(client, authorities, "wrong"))
          .isInstanceOf(ScepClientException.Refused.class);
    } finally {
      server.destroy();
      if (!server.waitFor(10, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }

  private static Enrollment enroll(ScepClient client, Authorities authorities, String challenge) {
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    return client.enroll(
        authorities,
        client.selfSigned(DistinguishedName.parse("CN=ours"), pair),
        TransactionId.fresh(),
        RawMessage.csr(pair, challenge, "CN=ours"));
  }

  private static ScepClient client(int port, AcceptedAlgorithms algorithms) {
    return new ScepClient(
        URI.create("http://127.0.0.1:" + port + "/scep"),
        algorithms,
        Duration.ofSeconds(20),
        Clock.systemUTC());
  }

  private static void awaitListening(int port, Process server) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException notYet) {
        if (Instant.now().isAfter(deadline) || !server.isAlive()) {
          throw new AssertionError("scepserver does not listen on " + port, notYet);
        }
        Thread.onSpinWait();
      }
    }
  }
}
