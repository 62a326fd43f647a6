package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.interop.Installation;
import dev.chancery.pki.certificate.Certificate;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills the agent's process with SIGKILL at moments of chance while it renews, and looks at the
/// files each time.
final class AgentKillTest {
  private static final int KILLS = 6;

  @TempDir Path folder = Path.of("");

  @Test
  void whereverItIsKilledThePairOnDiskBelongsTogetherAndTheNextRunGoesOn() throws Exception {
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      AgentHost host =
          AgentHost.at(chancery, folder.resolve("host"), chancery.credential("CN=killed"), "");
      host.once();
      List<Certificate> seen = new ArrayList<>(List.of(host.certificate()));
      long whole = renewalMillis(host);
      Random random = new Random(4711);

      for (int i = 0; i < KILLS; i++) {
        Process process = renewal(host);
        boolean ended =
            process.waitFor(
                whole / 2 + random.nextLong(Math.max(1, whole / 2)), TimeUnit.MILLISECONDS);
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("killed or ended: %s", ended).isTrue();
        // Throws if they do not belong together.
        seen.add(host.certificate());
      }
      var status = host.renew();

      assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
      assertThat(seen).doesNotContain(host.certificate());
    }
  }

  /// How long a renewal takes here when nobody kills it.
  private static long renewalMillis(AgentHost host) throws Exception {
    long begun = System.nanoTime();
    Process process = renewal(host);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
  }

  private static Process renewal(AgentHost host) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.chancery.cli.Main",
            "agent",
            "renew",
            "web",
            "--config",
            host.file().toString())
        .redirectErrorStream(true)
        .redirectOutput(new File(host.store().toFile().getParentFile(), "agent.log"))
        .start();
  }
}
