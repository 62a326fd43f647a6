package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// strongSwan's `pki --scep` and `pki --scepca`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement({"SCEP-030", "SCEP-033", "SCEP-053", "SCEP-055"})
class StrongSwanTest {
  private static final String URL = "/scep/swan";

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    Program.need("pki");
    folder = temporary;
    chancery =
        Installation.start(
            folder.resolve("server"),
            """
            profiles:
              swan: {key-usage: [digitalSignature, keyEncipherment], extended-key-usage: []}
              by-hand: {approval: manual, extended-key-usage: []}
            scep:
              endpoints:
                - {label: swan, client: strongswan, profile: swan}
                - {label: pair, client: strongswan, profile: swan, registration-certificates: split}
            """);
  }

  @AfterAll
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
  }

  @Test
  void itFetchesTheCertificates() throws IOException {
    Path device = device();

    List<Certificate> stored = new ArrayList<>();
    try (var files = Files.list(device)) {
      files
          .filter(file -> file.toString().endsWith(".pem"))
          .sorted()
          .forEach(file -> stored.addAll(Certificate.parsePem(read(file))));
    }

    assertThat(stored)
        .containsExactlyInAnyOrderElementsOf(RawMessage.caCertificates(chancery, URL));
  }

  @Test
  @Requirement({"SCEP-092", "SCEP-131"})
  void itEnrolsWithAChallengeAndRenewsWithTheCertificate() throws IOException {
    Path device = device();
    var credential = chancery.credential("swan", 1, "CN=swan,O=Example", "dns:swan.example");
    key(device, "key.pem");
    key(device, "key2.pem");

    Program.Result enrolled =
        scep(
            device,
            "--in",
            "key.pem",
            "--dn",
            "O=Example, CN=swan",
            "--san",
            "swan.example",
            "--password",
            RawMessage.challenge(credential));
    Files.write(device.resolve("cert.pem"), enrolled.output().toByteArray());
    Program.Result renewed =
        scep(
            device,
            "--in",
            "key2.pem",
            "--dn",
            "O=Example, CN=swan",
            "--san",
            "swan.example",
            "--cert",
            "cert.pem",
            "--key",
            "key.pem");

    Certificate first = Certificate.parsePem(enrolled.text()).getFirst();
    Certificate second = Certificate.parsePem(renewed.text()).getFirst();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
    assertThat(chancery.issued().getFirst().replaces()).contains(first.serialNumber().toString());
  }

  /// It takes one certificate to encrypt for and another to verify with.
  @Test
  @Requirement("SCEP-152")
  void itEnrolsWhereTheRegistrationAuthorityHasTwoCertificates() throws IOException {
    Path device = Files.createTempDirectory(folder, "device");
    List<Certificate> bundle = RawMessage.caCertificates(chancery, "/scep/pair");
    var credential = chancery.credential("swan", 1, "CN=pair,O=Example");
    key(device, "key.pem");

    Program.Result enrolled =
        pki(
            device,
            List.of(
                "--scep",
                "--url",
                RawMessage.uri(chancery, "/scep/pair").toString(),
                "--outform",
                "pem",
                "--cacert-enc",
                file(device, "encryption.pem", bundle.get(0)),
                "--cacert-sig",
                file(device, "signature.pem", bundle.get(1)),
                "--cacert",
                file(device, "the-ca.pem", bundle.get(2)),
                "--cacert",
                file(device, "the-root.pem", bundle.get(3)),
                "--in",
                "key.pem",
                "--dn",
                "O=Example, CN=pair",
                "--password",
                RawMessage.challenge(credential)));

    assertThat(Certificate.parsePem(enrolled.text()).getFirst().subject())
        .hasToString("CN=pair,O=Example");
  }

  @Test
  @Requirement({"SCEP-056", "SCEP-102"})
  void itPollsUntilAnOperatorHasDecided() throws Exception {
    Path device = device();
    var credential = chancery.credential("by-hand", 1, "CN=swan-waits");
    key(device, "key.pem");
    Thread operator = Thread.ofVirtual().start(this::approveTheNext);

    Program.Result enrolled =
        scep(
            device,
            "--in",
            "key.pem",
            "--dn",
            "CN=swan-waits",
            "--password",
            RawMessage.challenge(credential),
            "--interval",
            "1",
            "--maxpolltime",
            "30");

    operator.join();
    assertThat(Certificate.parsePem(enrolled.text()).getFirst().subject())
        .hasToString("CN=swan-waits");
  }

  private void approveTheNext() {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    var pending = chancery.services().pendingRequests();
    while (pending.list(1).isEmpty()) {
      if (Instant.now().isAfter(deadline)) {
        return;
      }
      Thread.onSpinWait();
    }
    pending.approve(pending.list(1).getFirst().ticket(), "test");
  }

  /// A folder with the CA's certificates in it.
  private Path device() throws IOException {
    Path device = Files.createTempDirectory(folder, "device");
    pki(
        device,
        List.of(
            "--scepca",
            "--url",
            RawMessage.uri(chancery, URL).toString(),
            "--caout",
            "ca.pem",
            "--raout",
            "ra.pem",
            "--outform",
            "pem"));
    return device;
  }

  private static void key(Path device, String name) throws IOException {
    Program.Result made =
        pki(device, List.of("--gen", "--type", "rsa", "--size", "2048", "--outform", "pem"));
    Files.write(device.resolve(name), made.output().toByteArray());
  }

  private Program.Result scep(Path device, String... more) throws IOException {
    List<Certificate> bundle = RawMessage.caCertificates(chancery, URL);
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of("--scep", "--url", RawMessage.uri(chancery, URL).toString(), "--outform", "pem"));
    for (String option : List.of("--cacert-enc", "--cacert-sig")) {
      arguments.addAll(List.of(option, file(device, "the-ra.pem", bundle.get(0))));
    }
    arguments.addAll(List.of("--cacert", file(device, "the-ca.pem", bundle.get(1))));
    arguments.addAll(List.of("--cacert", file(device, "the-root.pem", bundle.get(2))));
    arguments.addAll(List.of(more));
    return pki(device, arguments);
  }

  private static String file(Path device, String name, Certificate certificate) throws IOException {
    return Files.writeString(device.resolve(name), certificate.toPem()).toString();
  }

  private static Program.Result pki(Path device, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("pki"));
    command.addAll(arguments);
    return Program.run(device, new byte[0], command).succeeded();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
