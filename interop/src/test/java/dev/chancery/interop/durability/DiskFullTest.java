package dev.chancery.interop.durability;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is really full: a small file system in memory, mounted for the test.
class DiskFullTest {
  @TempDir Path folder;

  @BeforeEach
  void mount() {
    Program.need("mount", "umount");
    Program.Result mounted =
        Program.run(
            Path.of("/tmp"), "mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder.toString());
    Assumptions.assumeTrue(
        mounted.exitCode() == 0, "a file system can be mounted here (needs root)");
  }

  @AfterEach
  void unmount() {
    Program.run(Path.of("/tmp"), "umount", "-l", folder.toString());
  }

  @Test
  void aFullDiskAnswers503IssuesNothingAndHealsByItself() throws IOException {
    try (Installation chancery = Installation.start(folder, "")) {
      var credential = chancery.credential("CN=full");
      var made = request("CN=full");
      Path filler = folder.resolve("filler");
      fill(filler);

      Wire.Answer refused = chancery.enroll(credential, made);
      int ready = status(chancery, "/readyz");
      int alive = status(chancery, "/healthz");
      Files.delete(filler);
      Wire.Answer healed = chancery.enroll(credential, made);

      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isPresent();
      assertThat(refused.text()).contains("ledger-unavailable");
      assertThat(ready).isEqualTo(503);
      assertThat(alive).isEqualTo(200);
      assertThat(certificateIn(healed).subject()).hasToString("CN=full");
      assertThat(chancery.issued()).hasSize(1);
    }
  }

  private static int status(Installation chancery, String path) {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      return wire.send("GET", path, Map.of(), new byte[0]).status();
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(Files.size(file)).isGreaterThan(1024 * 1024);
    }
  }
}
