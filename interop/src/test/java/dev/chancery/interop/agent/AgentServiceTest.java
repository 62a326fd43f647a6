package dev.chancery.interop.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `chancery agent run` as an operating system sees it: a process that takes signals.
final class AgentServiceTest {
  @TempDir Path folder = Path.of("");

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void itEnrolsReloadsOnHangupAndEndsInOrderWhenItIsTold() throws Exception {
    Program.need("kill");
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      AgentHost host =
          AgentHost.at(
              chancery,
              folder.resolve("host"),
              chancery.credential("device", 2, "CN=service"),
              "hooks: {after: [/bin/sh, -c, 'echo $CHANCERY_NAME >> $CHANCERY_FOLDER/../hooks']}");
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "dev.chancery.cli.Main",
                  "agent",
                  "run",
                  "--config",
                  host.file().toString())
              .redirectErrorStream(true)
              .start();
      try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
        awaitLine(out, "a new certificate is in use");
        Files.writeString(
            host.file(),
            Files.readString(host.file())
                + """
                  - name: second
                    endpoint: ca
                    first-certificate: {key-file: web/key.pem, certificate-file: web/cert.pem}
                    store: {folder: second}
                    hooks: {before: ['false']}
                """);

        signal(process, "HUP");
        awaitLine(out, "watching 2 certificates");
        awaitLine(out, "no success");
        signal(process, "TERM");
        awaitLine(out, "stopping");

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(host.certificate().subject()).hasToString("CN=service");
        assertThat(folder.resolve("host/hooks")).hasContent("web");
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private void signal(Process process, String name) {
    Program.run(folder, "kill", "-" + name, Long.toString(process.pid())).succeeded();
  }

  private static void awaitLine(BufferedReader out, String part) throws Exception {
    StringBuilder seen = new StringBuilder();
    for (@Nullable String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.contains(part)) {
        return;
      }
      seen.append(line).append('\n');
    }
    throw new AssertionError("it ended without saying \"" + part + "\" but:\n" + seen);
  }
}
