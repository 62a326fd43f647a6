package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.responder.ChallengeStrength;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `chancery enroll scep` and `chancery scep`.
class ScepTest {
  @TempDir private Path folder = Path.of("");
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandLineRun enroll(RunningServer.Device device, String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "enroll",
                "scep",
                server.scepUrl(),
                "--fingerprint",
                server.fingerprint(),
                "--credential",
                device.credential(),
                "--secret-file",
                device.secret().toString(),
                "--subject",
                "CN=device-1",
                "--san",
                "dns:device-1.example",
                "--out",
                device.out().toString()));
    Collections.addAll(all, options);
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  private CommandLineRun scep(RunningServer.Device device, String command, String... more) {
    List<String> all = new ArrayList<>(List.of("scep", command, server.scepUrl()));
    Collections.addAll(all, more);
    all.addAll(List.of("--out", device.out().toString()));
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  @Test
  void aDeviceEnrolsRenewsAndAsks() throws IOException {
    var device = server.device(folder);

    var enrolled = enroll(device);
    assertThat(enrolled.err()).isEmpty();
    assertThat(enrolled.exitCode()).isZero();
    Certificate first = device.files().leaf();
    assertThat(first.names()).hasToString("CN=device-1 [dns:device-1.example]");
    assertThat(device.out().resolve("scep-request.pem")).doesNotExist();

    var renewed =
        CommandLineRun.of(
            "enroll", "scep", server.scepUrl(), "--renew", "--out", device.out().toString());
    assertThat(renewed.err()).isEmpty();
    assertThat(renewed.exitCode()).isZero();
    Certificate second = device.files().leaf();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());

    var fetched = scep(device, "getcert", first.serialNumber().toString());
    assertThat(Certificate.parsePem(fetched.out())).containsExactly(first);
    var unknown = scep(device, "getcert", "0123");
    assertThat(unknown.err()).contains("badCertId");
    assertThat(unknown.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(scep(device, "getcrl").out()).startsWith("-----BEGIN PKCS7-----");
    assertThat(scep(device, "nextca").err()).contains("no next CA");
  }

  @Test
  void whereAnOperatorDecidesTheSameCommandAsksAgain() throws IOException {
    var device = server.device(folder, "--profile", "by-hand");

    assertThat(enroll(device).exitCode()).isEqualTo(ExitCode.PENDING);
    assertThat(scep(device, "poll").exitCode()).isEqualTo(ExitCode.PENDING);
    assertThat(enroll(device).exitCode()).isEqualTo(ExitCode.PENDING);
    var requests = server.json("request", "list");
    String ticket = requests.findValue("ticket").asText();
    assertThat(server.run("request", "approve", ticket).exitCode()).isZero();

    var polled = scep(device, "poll");
    assertThat(polled.exitCode()).isZero();
    assertThat(enroll(device).exitCode()).isZero();

    assertThat(Certificate.parsePem(polled.out())).containsExactly(device.files().leaf());
    assertThat(device.out().resolve("scep-request.pem")).doesNotExist();
  }

  @Test
  void aWrongFingerprintEndsItBeforeAnythingIsWritten() {
    var device = server.device(folder);

    var run =
        CommandLineRun.of(
            "enroll",
            "scep",
            server.scepUrl(),
            "--fingerprint",
            "00".repeat(32),
            "--credential",
            device.credential(),
            "--secret-file",
            device.secret().toString(),
            "--subject",
            "CN=device-1",
            "--out",
            device.out().toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.SERVER_UNTRUSTED);
    assertThat(device.out()).doesNotExist();
  }

  @Test
  void aWrongSecretIsExplained() throws IOException {
    var device = server.device(folder);
    Files.writeString(device.secret(), "wrong\n");

    var run = enroll(device);

    assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
    assertThat(run.err()).contains("badRequest").contains("hint: ").doesNotContain("wrong\n");
  }

  @Test
  void whatTheServerSaysOfItselfIsShownAndJudged() {
    var caps = CommandLineRun.of("scep", "caps", server.scepUrl());
    var certificates =
        CommandLineRun.of(
            "scep", "cacert", server.scepUrl(), "--fingerprint", server.fingerprint());
    var diagnosis = CommandLineRun.of("scep", "diagnose", server.scepUrl());
    var json = CommandLineRun.of("scep", "diagnose", server.scepUrl(), "--output", "json");
    var nowhere = CommandLineRun.of("scep", "diagnose", server.scepUrl() + "/nothing");

    assertThat(caps.out()).contains("AES").contains("SCEPStandard");
    assertThat(Certificate.parsePem(certificates.out())).hasSize(3);
    assertThat(diagnosis.exitCode()).isZero();
    assertThat(diagnosis.out())
        .contains("ok: messages are encrypted for CN=SCEP RA")
        .doesNotContain("broken:")
        .doesNotContain("weak:");
    assertThat(Json.parse(json.out()).size()).isGreaterThan(3);
    assertThat(nowhere.exitCode()).isEqualTo(ExitCode.TRANSPORT);
    assertThat(nowhere.err()).contains("404");
  }

  /// SCEP-147.
  @Test
  void aSharedChallengeIsMadeAtRandomAndIsStrongEnough() {
    CommandLineRun one = CommandLineRun.of("scep", "challenge");
    CommandLineRun other = CommandLineRun.of("scep", "challenge");

    assertThat(one.exitCode()).isZero();
    assertThat(one.out()).isNotEqualTo(other.out());
    assertThat(ChallengeStrength.isEnough(one.out())).isTrue();
  }
}
