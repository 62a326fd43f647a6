package dev.chancery.interop.database;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Wire;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.ledger.SqliteBackup.Progress;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.Backup;
import dev.chancery.server.admin.AuditReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The drills of docs/database.md: the original is lost, and what a backup holds goes on.
class BackupTest {
  @TempDir Path folder;

  @Test
  void aServerGoesOnFromACopyThatWasMadeWhileItWorked() throws IOException {
    Path copy = folder.resolve("copy");
    Certificate certificate;
    Credentials.Created unused;
    try (Installation chancery = Installation.start(folder.resolve("original"), "")) {
      certificate =
          certificateIn(chancery.enroll(chancery.credential("CN=old"), request("CN=old")));
      unused = chancery.credential("CN=new");

      List<String> copied = Backup.run(chancery.folder(), copy, true, Progress.UNWATCHED);

      assertThat(copied).contains("secrets.key", "issuers/issuing.key", "ledger.db");
      Wire.Answer _ = chancery.enroll(chancery.credential("CN=lost"), request("CN=lost"));
    }
    Program.run(folder, "rm", "-rf", folder.resolve("original").toString()).succeeded();
    assertOnlyTheOwnerReadsSecrets(copy);

    try (Installation restored = Installation.start(copy, "")) {
      assertThat(restored.issued())
          .extracting(record -> record.certificate())
          .containsExactly(certificate);
      assertThat(certificateIn(restored.enroll(unused, request("CN=new"))).subject())
          .hasToString("CN=new");
      assertIntact(restored);
    }
  }

  private static void assertOnlyTheOwnerReadsSecrets(Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(copy)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".key") || name.equals("ledger.db")) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(name)
              .isEqualTo("rw-------");
        }
      }
    }
  }

  private static void assertIntact(Installation chancery) {
    assertThat(
            AuditReport.of(chancery.services().ledger(), chancery.folder(), (_, _) -> {})
                .path("intact")
                .asBoolean())
        .isTrue();
  }

  @Test
  void aCopyWithoutKeysHoldsNone() throws IOException {
    Path copy = folder.resolve("copy");
    try (Installation chancery = Installation.start(folder.resolve("original"), "")) {
      List<String> copied = Backup.run(chancery.folder(), copy, false, Progress.UNWATCHED);

      assertThat(copied)
          .contains("ledger.db", "issuers/issuing.pem")
          .noneMatch(it -> it.endsWith(".key"));
    }
    try (Stream<Path> files = Files.walk(copy)) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".key"));
    }
  }

  @Test
  void whatIsNotWholeIsNoBackup() throws IOException {
    Path original = folder.resolve("original");
    Path copy = folder.resolve("copy");
    Installation.start(original, "").close();
    Files.writeString(original.resolve("ledger.db"), "no database");

    assertThatThrownBy(() -> Backup.run(original, copy, true, Progress.UNWATCHED))
        .isInstanceOf(LedgerUnavailableException.class);

    assertThat(folder).isDirectoryNotContaining(it -> it.toString().contains("copy"));
  }

  @Test
  void whatAnInterruptedBackupLeftIsNotTakenForABackup() throws IOException {
    Path original = folder.resolve("original");
    Installation.start(original, "").close();
    Files.createDirectory(folder.resolve("copy.partial"));

    assertThatThrownBy(() -> Backup.run(original, folder.resolve("copy"), true, Progress.UNWATCHED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("copy.partial");

    assertThat(folder.resolve("copy")).doesNotExist();
    assertThat(folder.resolve("copy.partial")).isEmptyDirectory();
  }

  @Test
  void aNodeGoesOnFromADumpOfPostgresql() {
    try (PostgresCluster cluster = Nodes.database()) {
      Certificate certificate;
      Credentials.Created unused;
      Path dump = cluster.folder().resolve("chancery.dump");
      try (Installation chancery =
          Installation.start(folder.resolve("original"), cluster.yaml("chancery", "node-a"))) {
        certificate =
            certificateIn(chancery.enroll(chancery.credential("CN=old"), request("CN=old")));
        unused = chancery.credential("CN=new");

        cluster.save("chancery", dump);
        List<String> copied =
            Backup.run(chancery.folder(), folder.resolve("copy"), true, Progress.UNWATCHED);

        assertThat(copied).contains("secrets.key").doesNotContain("ledger.db");
      }
      cluster.drop("chancery");
      cluster.create("chancery");
      cluster.restore("chancery", dump);

      try (Installation restored =
          Installation.start(folder.resolve("copy"), cluster.yaml("chancery", "node-a"))) {
        assertThat(restored.issued())
            .extracting(record -> record.certificate())
            .containsExactly(certificate);
        assertThat(certificateIn(restored.enroll(unused, request("CN=new"))).subject())
            .hasToString("CN=new");
        assertIntact(restored);
      }
    }
  }
}
