package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// strongSwan's `pki --estca` and `pki --est`. Up to 5.9.10 it reads Base64 only if it is one
/// unbroken line, hence the setting.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement("EST-043")
class StrongSwanTest {
  private Path folder;
  private Installation chancery;
  private Installation guarded;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    Program.need("pki");
    chancery =
        Installation.start(
            folder.resolve("open"),
            """
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device, base64: single-line}
            """);
    guarded =
        Installation.start(
            folder.resolve("guarded"),
            """
            profiles:
              guarded: {approval: manual, retry-after: 1s}
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: guarded, base64: single-line}
            """);
  }

  @AfterAll
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
    if (guarded != null) {
      guarded.close();
    }
  }

  @Test
  void itFetchesTheCaCertificates() throws IOException {
    Path device = Files.createTempDirectory(folder, "device");

    pki(
        device,
        "--estca",
        "--url",
        base(chancery),
        "--cacert",
        chancery.rootFile().toString(),
        "--caout",
        "ca.pem",
        "--outform",
        "pem");

    try (var files = Files.list(device)) {
      List<String> roots =
          files
              .filter(file -> file.getFileName().toString().startsWith("ca"))
              .map(StrongSwanTest::read)
              .toList();
      assertThat(roots).anyMatch(pem -> pem.equals(chancery.server().root().toPem()));
    }
  }

  @Test
  void itEnrolsWithAPasswordAndRenewsWithTheCertificate() throws IOException {
    Path device = Files.createTempDirectory(folder, "device");
    var credential = chancery.credential("CN=swan,O=Example", "dns:swan.example");
    request(device, "key.pem", "req.pem", "O=Example, CN=swan", "--san", "swan.example");
    request(device, "key2.pem", "req2.pem", "O=Example, CN=swan", "--san", "swan.example");

    Program.Result enrolled =
        pki(
            device,
            "--est",
            "--url",
            base(chancery),
            "--cacert",
            chancery.rootFile().toString(),
            "--cacert",
            issuingFile(chancery).toString(),
            "--in",
            "req.pem",
            "--userpass",
            credential.credential().id() + ":" + credential.secret(),
            "--outform",
            "pem");
    Files.write(device.resolve("cert.pem"), enrolled.output().toByteArray());
    Program.Result renewed =
        pki(
            device,
            "--est",
            "--url",
            base(chancery),
            "--cacert",
            chancery.rootFile().toString(),
            "--cacert",
            issuingFile(chancery).toString(),
            "--in",
            "req2.pem",
            "--cert",
            "cert.pem",
            "--key",
            "key.pem",
            "--outform",
            "pem");

    Certificate first = Certificate.parsePem(enrolled.text()).getFirst();
    Certificate second = Certificate.parsePem(renewed.text()).getFirst();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
    assertThat(chancery.issued().getFirst().replaces()).contains(first.serialNumber().toString());
  }

  @Test
  @Requirement({"EST-122", "EST-124"})
  void itWaitsForApprovalAndGetsItsCertificate() throws Exception {
    Path device = Files.createTempDirectory(folder, "device");
    var credential = guarded.credential("guarded", 1, "CN=swan-waits");
    request(device, "key.pem", "req.pem", "CN=swan-waits");
    Thread operator =
        Thread.ofVirtual()
            .start(() -> {
              Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
              while (guarded.services().pendingRequests().list(1).isEmpty()) {
                if (Instant.now().isAfter(deadline)) {
                  return;
                }
                Thread.onSpinWait();
              }
              guarded
                  .services()
                  .pendingRequests()
                  .approve(
                      guarded.services().pendingRequests().list(1).getFirst().ticket(), "test");
            });

    Program.Result enrolled =
        pki(
            device,
            "--est",
            "--url",
            base(guarded),
            "--cacert",
            guarded.rootFile().toString(),
            "--cacert",
            issuingFile(guarded).toString(),
            "--in",
            "req.pem",
            "--userpass",
            credential.credential().id() + ":" + credential.secret(),
            "--interval",
            "1",
            "--maxpolltime",
            "30",
            "--outform",
            "pem");

    operator.join();
    assertThat(Certificate.parsePem(enrolled.text()).getFirst().subject())
        .hasToString("CN=swan-waits");
  }

  private static void request(
      Path device, String key, String request, String subject, String... more) throws IOException {
    Program.Result made =
        Program.run(device, "pki", "--gen", "--type", "ecdsa", "--size", "256", "--outform", "pem")
            .succeeded();
    Files.write(device.resolve(key), made.output().toByteArray());
    List<String> ask = new java.util.ArrayList<>(List.of("--req", "--in", key, "--type", "ecdsa"));
    ask.addAll(List.of("--dn", subject, "--outform", "pem"));
    ask.addAll(List.of(more));
    Program.Result asked = pki(device, ask.toArray(String[]::new));
    Files.write(device.resolve(request), asked.output().toByteArray());
  }

  private static Program.Result pki(Path device, String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of("pki"));
    command.addAll(List.of(arguments));
    return Program.run(device, new byte[0], command).succeeded();
  }

  private static String base(Installation installation) {
    return "https://localhost:" + installation.server().tlsPort();
  }

  private static Path issuingFile(Installation installation) throws IOException {
    return Files.writeString(
        installation.folder().resolve("test-issuing.pem"),
        installation.services().authority().certificatesOf("issuing").getFirst().toPem());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
