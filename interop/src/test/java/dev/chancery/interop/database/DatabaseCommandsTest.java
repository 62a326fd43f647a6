package dev.chancery.interop.database;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.pki.certificate.Certificate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `chancery db` and `chancery backup`, as an operator runs them.
class DatabaseCommandsTest {
  @TempDir Path folder;

  private Path data() {
    return folder.resolve("data");
  }

  private Program.Result chancery(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.chancery.cli.Main"));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("--data", data().toString()));
    return Program.run(folder, new byte[0], command);
  }

  @Test
  void aServerMovesFromSqliteToPostgresql() throws Exception {
    try (PostgresCluster cluster = Nodes.database()) {
      Certificate certificate;
      Credentials.Created unused;
      try (Installation chancery = Installation.start(data(), "")) {
        certificate =
            certificateIn(chancery.enroll(chancery.credential("CN=old"), request("CN=old")));
        unused = chancery.credential("CN=new");
        assertThat(chancery("backup", folder.resolve("copy").toString()).succeeded().text())
            .contains("files");
      }
      assertThat(chancery("db", "check").succeeded().text()).contains("up to date");
      Files.writeString(
          data().resolve("chancery.yaml"),
          cluster.yaml("chancery", "node-a"),
          StandardCharsets.UTF_8);

      Program.Result before = chancery("db", "check");
      Program.Result planned = chancery("db", "migrate", "--dry-run");
      Program.Result still = chancery("db", "check");
      Program.Result copied = chancery("db", "copy");
      Program.Result after = chancery("db", "check");
      Program.Result again = chancery("db", "copy");

      assertThat(before.exitCode()).isEqualTo(3);
      assertThat(planned.succeeded().text()).contains("to be migrated: V1 ledger, V3 exchange");
      assertThat(still.exitCode()).isEqualTo(3);
      assertThat(copied.succeeded().text()).contains("equal; the audit is intact there");
      assertThat(after.succeeded().text()).contains("up to date", "indexed");
      assertThat(again.exitCode()).isEqualTo(1);
      assertThat(again.errors()).contains("the target is not empty");
      try (Installation chancery = Installation.start(data(), cluster.yaml("chancery", "node-a"))) {
        assertThat(chancery.issued())
            .extracting(record -> record.certificate())
            .containsExactly(certificate);
        assertThat(certificateIn(chancery.enroll(unused, request("CN=new"))).subject())
            .hasToString("CN=new");
      }
      assertThat(chancery("audit", "verify").succeeded().text()).startsWith("intact: ");
      cluster.execute("chancery", "UPDATE audit SET actor = 'x' WHERE node = '' AND sequence = 3");
      Program.Result broken = chancery("audit", "verify");
      assertThat(broken.exitCode()).isEqualTo(1);
      assertThat(broken.errors()).contains("the audit has been changed at entry 3");
    }
  }
}
