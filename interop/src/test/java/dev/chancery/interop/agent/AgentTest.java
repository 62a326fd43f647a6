package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus;
import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The agent and the server, both real.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AgentTest {
  private static final String SETTINGS =
      """
      profiles:
        by-hand: {approval: manual, retry-after: 7s}
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

  private AgentHost host(String name, String profile, int uses, String more) {
    return AgentHost.at(
        chancery,
        folder.resolve(name),
        chancery.credential(profile, uses, "CN=" + name, "dns:" + name + ".example"),
        more);
  }

  /// Lets time pass for both sides; the server renews its own certificate, which it looks after by
  /// the hour otherwise.
  private void later(Duration duration) {
    chancery.clock().advance(duration);
    chancery.server().reload();
  }

  @Test
  @Requirement("EST-067")
  void itEnrolsAndRenewsInTimeAndOpensslAgreesWithWhatIsOnDisk() {
    Program.need("openssl");
    AgentHost host = host("timely", "device", 1, "");

    CertificateStatus enrolled = host.once();
    Certificate first = host.certificate();
    later(Duration.ofDays(61));
    CertificateStatus renewed = host.once();
    Certificate second = host.certificate();

    assertThat(enrolled.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(renewed.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(second).isNotEqualTo(first);
    assertThat(second.names()).isEqualTo(first.names());
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
    assertThat(
            Program.run(host.store(), "openssl", "pkey", "-in", "key.pem", "-pubout")
                .succeeded()
                .text())
        .isEqualTo(
            Program.run(host.store(), "openssl", "x509", "-in", "cert.pem", "-noout", "-pubkey")
                .succeeded()
                .text());
  }

  @Test
  void itWaitsForTheOperatorAndThenFetchesTheCertificate() {
    AgentHost host = host("patient", "by-hand", 1, "");

    CertificateStatus waiting = host.once();
    var ticket =
        chancery.services().pendingRequests().list(100).stream()
            .filter(pending -> pending.names().subject().toString().equals("CN=patient"))
            .findFirst()
            .orElseThrow()
            .ticket();
    chancery.services().pendingRequests().approve(ticket, "test");
    later(Duration.ofSeconds(8));
    CertificateStatus enrolled = host.once();

    assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
    assertThat(enrolled.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(host.certificate().subject()).hasToString("CN=patient");
  }

  @Test
  void aUsedUpCredentialIsARefusalThatTheStatusNames() {
    var credential = chancery.credential("CN=spent");
    AgentHost first = AgentHost.at(chancery, folder.resolve("spent-1"), credential, "");
    AgentHost second = AgentHost.at(chancery, folder.resolve("spent-2"), credential, "");

    first.once();
    CertificateStatus refused = second.once();

    assertThat(refused.phase()).isEqualTo(Phase.FAILING);
    assertThat(refused.failure().orElseThrow().code()).isEqualTo(Failure.Code.REFUSED);
    assertThat(refused.failure().orElseThrow().what()).contains("credential-exhausted");
    assertThat(second.store().resolve("key.pem")).doesNotExist();
  }

  @Test
  void aLongExpiredCertificateIsReplacedByMeansOfTheCredential() {
    AgentHost host = host("sleeper", "device", 1, "");
    host.once();
    Certificate first = host.certificate();
    later(Duration.ofDays(91));
    var credential = chancery.credential("CN=sleeper", "dns:sleeper.example");
    AgentHost again = AgentHost.at(chancery, folder.resolve("sleeper"), credential, "");

    CertificateStatus status = again.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(again.certificate()).isNotEqualTo(first);
  }

  /// A file system of its own that is really full: the old pair stays, and when there is room
  /// again, so does the new one.
  @Test
  void aFullDiskLeavesTheOldPairAndHealsByItself() throws IOException {
    Program.need("mount", "umount");
    Path disk = Files.createDirectory(folder.resolve("full"));
    Program.Result mounted =
        Program.run(folder, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString());
    Assumptions.assumeTrue(
        mounted.exitCode() == 0, "a file system can be mounted here (needs root)");
    try {
      AgentHost host = host("full", "device", 1, "");
      host.once();
      Certificate first = host.certificate();
      Path filler = disk.resolve("filler");
      fill(filler);
      later(Duration.ofDays(61));

      CertificateStatus failed = host.once();
      Certificate kept = host.certificate();
      Files.delete(filler);
      later(Duration.ofHours(1));
      CertificateStatus healed = host.once();

      assertThat(failed.phase()).isEqualTo(Phase.FAILING);
      assertThat(failed.failure().orElseThrow().code()).isEqualTo(Failure.Code.FILES);
      assertThat(kept).isEqualTo(first);
      assertThat(healed.phase()).isEqualTo(Phase.ENROLLED);
      assertThat(host.certificate()).isNotEqualTo(first);
    } finally {
      Program.run(folder, "umount", "-l", disk.toString());
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[1024];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(Files.size(file)).isGreaterThan(512 * 1024);
    }
  }
}
