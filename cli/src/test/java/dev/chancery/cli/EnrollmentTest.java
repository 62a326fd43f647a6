package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `chancery enroll est` against a real server.
final class EnrollmentTest {
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

  @Test
  void aDeviceGetsItsFirstCertificateAndAllFilesAreForItsOwnerAlone() throws IOException {
    var device = server.device(folder);

    var run = device.enroll(server.fingerprint());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    var files = device.files();
    assertThat(files.leaf().names()).hasToString("CN=device-1 [dns:device-1.example]");
    assertThat(files.leaf().subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(files.keyPair().getPublic()));
    assertThat(files.chain().authorities()).hasSize(1);
    assertThat(files.storedAnchors().orElseThrow()).hasSize(1);
    try (var stream = Files.list(device.out())) {
      var written = stream.toList();
      assertThat(written).hasSize(3);
      for (Path file : written) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void aDeviceRenewsWithTheCertificateItHasAndGetsAFreshKey() {
    var device = server.device(folder);
    device.enroll(server.fingerprint());
    var first = device.files().leaf();

    var run = device.renew("--output", "json");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    var second = device.files().leaf();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
    assertThat(second.subjectPublicKeyInfo())
        .isNotEqualTo(first.subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(device.files().keyPair().getPublic()));
    assertThat(device.out()).isDirectoryNotContaining("glob:**.next");
    var shown = server.json("cert", "show", second.serialNumber().toString());
    assertThat(shown.path("replaces").asText()).isEqualTo(first.serialNumber().toString());
    assertThat(shown.path("requester").asText()).startsWith("certificate:");
  }

  @Test
  void aDeviceMayKeepItsKeyWhenItRenews() {
    var device = server.device(folder);
    device.enroll(server.fingerprint());
    var first = device.files().leaf();

    var run = device.renew("--keep-key");

    assertThat(run.exitCode()).isZero();
    assertThat(device.files().leaf().subjectPublicKeyInfo())
        .isEqualTo(first.subjectPublicKeyInfo());
    assertThat(device.files().leaf()).isNotEqualTo(first);
  }

  @Test
  void aServerWithAnotherFingerprintIsNotBelievedAndNothingIsWritten() {
    var device = server.device(folder);

    var run = device.enroll("00".repeat(32));

    assertThat(run.exitCode()).isEqualTo(ExitCode.FINGERPRINT_MISMATCH);
    assertThat(run.err()).contains("failed (fingerprint-mismatch)");
    assertThat(device.out()).doesNotExist();
    assertThat(server.json("credential", "show", device.credential()).path("usesLeft").asInt())
        .isEqualTo(1);
  }

  @Test
  void aCredentialThatIsUsedUpIsRefusedAndTheKeyIsKept() throws IOException {
    var device = server.device(folder);
    device.enroll(server.fingerprint());
    var other =
        new RunningServer.Device(
            server, device.credential(), device.secret(), folder.resolve("other"));

    var run = other.enroll(server.fingerprint());

    assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
    assertThat(run.err())
        .startsWith("chancery: error: refused (credential-exhausted): ")
        .contains("chancery: hint: ");
    assertThat(other.files().certificate()).doesNotExist();
    assertThat(other.files().key()).exists();
  }

  @Test
  void aRequestThatWaitsForAnOperatorIsNotYetAndGoesOnWithTheSameKey() throws IOException {
    var device = server.device(folder, "--profile", "by-hand");

    var pending = device.enroll(server.fingerprint());
    String key = Files.readString(device.files().key());
    var ticket = server.json("request", "list").path("requests").path(0).path("ticket").asText();
    server.json("request", "approve", ticket);
    var issued = device.enroll(server.fingerprint());

    assertThat(pending.exitCode()).isEqualTo(3);
    assertThat(pending.err()).contains("7 s");
    assertThat(issued.err()).isEmpty();
    assertThat(issued.exitCode()).isZero();
    assertThat(device.files().key()).hasContent(key);
  }

  @Test
  void aRequestThatAnOperatorDeniesFails() {
    var device = server.device(folder, "--profile", "by-hand");
    device.enroll(server.fingerprint());
    var ticket = server.json("request", "list").path("requests").path(0).path("ticket").asText();
    server.json("request", "deny", ticket, "--reason", "not in the inventory");

    var denied = device.enroll(server.fingerprint());

    assertThat(denied.exitCode()).isEqualTo(ExitCode.REFUSED);
    assertThat(denied.err()).contains("not in the inventory");
  }

  @Test
  void aRequestIsLinkedToItsConnectionIfThatIsAskedFor() {
    var device = server.device(folder);

    var run = device.enroll(server.fingerprint(), "--binding", "required");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void aServerThatOnlyAFileOfAnchorsVouchesForIsBelieved() throws IOException {
    var device = server.device(folder);
    Path anchors = Files.writeString(folder.resolve("anchors.pem"), server.root().toPem());

    var run =
        CommandLineRun.of(
            "enroll",
            "est",
            server.url(),
            "--anchors",
            anchors.toString(),
            "--credential",
            device.credential(),
            "--secret-file",
            device.secret().toString(),
            "--out",
            device.out().toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(device.files().storedAnchors().orElseThrow()).containsExactly(server.root());
  }

  @Test
  void aServerThatTheSystemDoesNotTrustIsNotBelieved() {
    var device = server.device(folder);

    var run =
        CommandLineRun.of(
            "enroll",
            "est",
            server.url(),
            "--system-anchors",
            "--credential",
            device.credential(),
            "--secret-file",
            device.secret().toString(),
            "--out",
            device.out().toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.SERVER_UNTRUSTED);
    assertThat(run.err()).contains("failed (server-untrusted)");
    assertThat(device.out()).doesNotExist();
  }

  @Test
  void aCertificateThatIsThereIsNotOverwritten() {
    var device = server.device(folder);
    device.enroll(server.fingerprint());

    var again = device.enroll(server.fingerprint());

    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("--renew");
  }

  @Test
  void aRenewalCutOffBetweenItsTwoFilesIsFinishedTheNextTime() throws IOException {
    var device = server.device(folder);
    device.enroll(server.fingerprint());
    var files = device.files();
    String oldKey = Files.readString(files.key());
    String oldCertificate = Files.readString(files.certificate());
    device.renew();
    Path nextCertificate = files.certificate().resolveSibling("cert.pem.next");
    Path nextKey = files.key().resolveSibling("key.pem.next");
    Files.move(files.certificate(), nextCertificate);
    Files.move(files.key(), nextKey);
    Files.writeString(files.key(), oldKey);
    Files.writeString(files.certificate(), oldCertificate);

    files.recover();

    assertThat(nextCertificate).doesNotExist();
    assertThat(nextKey).doesNotExist();
    assertThat(files.leaf().subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(files.keyPair().getPublic()));
    assertThat(device.renew().exitCode()).isZero();
  }
}
