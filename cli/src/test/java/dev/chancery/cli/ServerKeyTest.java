package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// `chancery enroll est --server-key`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerKeyTest {
  private static final String KEY = "0f".repeat(32) + "\n";

  private RunningServer server;
  private Path folder;
  private int tests;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    folder = temporary;
    Path data = Files.createDirectories(folder.resolve("data"));
    DurableFile.write(data.resolve("shared.key"), KEY, DurableFile.Access.PRIVATE);
    server =
        RunningServer.in(
            folder,
            """
              decrypting: {key-usage: [digitalSignature, keyAgreement]}
            est:
              endpoints:
                - label: ""
                  server-keys: {delivery: plain, symmetric-keys: [{id: shop, file: shared.key}]}
                - label: sealed
                  server-keys: {delivery: encrypted}
            """);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void makeAFolder() throws IOException {
    folder = Files.createDirectories(server.data().resolveSibling("test-" + tests++));
  }

  @Test
  void keyAndCertificateAppearTogetherForTheirOwnerAlone() throws IOException {
    var device = server.device(folder);

    var run = device.enroll(server.fingerprint(), "--server-key", "--key-type", "p-384");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    var files = device.files();
    assertThat(files.leaf().subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(files.keyPair().getPublic()));
    assertThat(files.leaf().subjectPublicKeyInfo().type()).contains(KeyType.P_384);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.key())))
        .isEqualTo("rw-------");
    assertThat(device.out()).isDirectoryNotContaining("glob:**.next");
    assertThat(device.renew().exitCode()).isZero();
  }

  @Test
  void aKeyIsDecryptedByTheSharedKey() {
    var device = server.device(folder);
    Path shared = folder.resolve("own.key");
    DurableFile.write(shared, KEY, DurableFile.Access.PRIVATE);

    var run =
        device.enroll(
            server.fingerprint(),
            "--server-key",
            "--decrypt-key",
            shared.toString(),
            "--decrypt-key-id",
            "shop");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(device.files().leaf().subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(device.files().keyPair().getPublic()));
  }

  @Test
  void aKeyIsDecryptedByTheKeyOfACertificate() throws IOException {
    Path first = Files.createDirectories(folder.resolve("first"));
    var holder = server.device(first, "--profile", "decrypting");
    assertThat(holder.enroll(server.fingerprint()).exitCode()).isZero();
    var device = server.device(folder, "--profile", "decrypting");

    var run =
        device.enroll(
            server.fingerprint(),
            "--label",
            "sealed",
            "--server-key",
            "--decrypt-certificate",
            holder.files().certificate().toString(),
            "--decrypt-certificate-key",
            holder.files().key().toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(device.files().leaf()).isNotEqualTo(holder.files().leaf());
    assertThat(device.files().leaf().subjectPublicKeyInfo())
        .isEqualTo(SubjectPublicKeyInfo.of(device.files().keyPair().getPublic()));
  }

  @Test
  void whereTheServerWantsToEncryptAClearKeyIsRefusedAndNothingIsWritten() {
    var device = server.device(folder);

    var run = device.enroll(server.fingerprint(), "--label", "sealed", "--server-key");

    assertThat(run.exitCode()).isEqualTo(4);
    assertThat(run.err()).startsWith("chancery: error: refused (key-encryption-missing): ");
    assertThat(device.files().key()).doesNotExist();
    assertThat(device.files().certificate()).doesNotExist();
  }

  @Test
  void aKeyThatIsThereIsNotOverwritten() throws IOException {
    var device = server.device(folder);
    Files.createDirectories(device.out());
    Files.writeString(device.files().key(), "precious");

    var run = device.enroll(server.fingerprint(), "--server-key");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("there is a key already");
    assertThat(device.files().key()).hasContent("precious");
  }

  @Test
  void whileAnOperatorDecidesThereIsNoKey() {
    var device = server.device(folder, "--profile", "by-hand");

    var pending = device.enroll(server.fingerprint(), "--server-key");
    assertThat(pending.exitCode()).isEqualTo(3);
    assertThat(device.files().key()).doesNotExist();
    var request = server.json("request", "list").path("requests").path(0);
    server.json("request", "approve", request.path("ticket").asText());
    var issued = device.enroll(server.fingerprint(), "--server-key");

    assertThat(request.path("key").path("type").asText()).isEqualTo("p-256, made by the server");
    assertThat(issued.err()).isEmpty();
    assertThat(issued.exitCode()).isZero();
  }

  @Test
  void optionsThatMeanNothingTogetherAreRefused() {
    var device = server.device(folder);
    String fingerprint = server.fingerprint();

    assertThat(device.enroll(fingerprint, "--decrypt-key", "x", "--decrypt-key-id", "y").exitCode())
        .isEqualTo(2);
    assertThat(device.enroll(fingerprint, "--server-key", "--decrypt-key", "x").exitCode())
        .isEqualTo(2);
    assertThat(device.enroll(fingerprint, "--server-key", "--decrypt-certificate", "x").exitCode())
        .isEqualTo(2);
    assertThat(
            device
                .enroll(
                    fingerprint,
                    "--server-key",
                    "--decrypt-key",
                    "x",
                    "--decrypt-key-id",
                    "y",
                    "--decrypt-certificate",
                    "x",
                    "--decrypt-certificate-key",
                    "y")
                .exitCode())
        .isEqualTo(2);
  }
}
