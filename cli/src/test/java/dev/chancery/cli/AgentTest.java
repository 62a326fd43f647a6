package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `chancery agent …` with a real server.
final class AgentTest {
  @TempDir private Path folder = Path.of("");

  private CommandLineRun agent(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "agent";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[arguments.length + 1] = "--config";
    all[arguments.length + 2] = folder.resolve("agent.yaml").toString();
    return CommandLineRun.of(all);
  }

  private void configure(RunningServer server, RunningServer.Device device) throws IOException {
    Files.writeString(
        folder.resolve("agent.yaml"),
        """
        state-folder: state
        log: {level: error}
        endpoints:
          ca: {url: '%s', fingerprint: %s}
        certificates:
          - name: web
            endpoint: ca
            credential: {id: '%s', secret-file: secret}
            store: {folder: web}
        """
            .formatted(server.url(), server.fingerprint(), device.credential()));
  }

  @Test
  void onceEnrolsAndStatusAndRenewTellAboutIt() throws IOException {
    try (RunningServer server = RunningServer.in(folder)) {
      configure(server, server.device(folder));

      var before = agent("status");
      var once = agent("once", "--output", "json");
      var after = agent("status", "--output", "json");
      var renewed = agent("renew", "web");

      assertThat(before.exitCode()).isEqualTo(ExitCode.PENDING);
      assertThat(before.out()).contains("web").contains("new");
      assertThat(once.exitCode()).as(once.err()).isZero();
      assertThat(Json.parse(once.out())).isEqualTo(Json.parse(after.out()));
      assertThat(Json.parse(after.out()).path(0).path("state").asText()).isEqualTo("enrolled");
      assertThat(Json.parse(after.out()).path(0).path("certificate").path("subject").asText())
          .isEqualTo("CN=device-1 [dns:device-1.example]");
      assertThat(renewed.exitCode()).isZero();
      assertThat(renewed.out()).contains("enrolled").contains("CN=device-1");
      assertThat(folder.resolve("web/versions/2")).isDirectory();
    }
  }

  @Test
  void whatWaitsForAnOperatorIsExitCode3() throws IOException {
    try (RunningServer server = RunningServer.in(folder)) {
      configure(server, server.device(folder, "--profile", "by-hand"));

      var once = agent("once");

      assertThat(once.exitCode()).isEqualTo(ExitCode.PENDING);
      assertThat(once.out()).contains("waiting");
    }
  }

  @Test
  void aFailureIsExitCode1AndNamed() throws IOException {
    try (RunningServer server = RunningServer.in(folder)) {
      configure(server, server.device(folder));
      Files.writeString(folder.resolve("secret"), "wrong");

      var once = agent("once");

      assertThat(once.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(once.out()).contains("failing").contains("refused");
    }
  }

  @Test
  void checkNamesEverythingThatIsWrong() throws IOException {
    Files.writeString(folder.resolve("agent.yaml"), "endpiont: {}\ncertificates: [{nmae: web}]\n");

    var checked = agent("check");

    assertThat(checked.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(checked.err())
        .contains("line 1: endpiont: there is no such setting (did you mean \"endpoints\"?)")
        .contains("nmae");
  }

  @Test
  void aNameThatIsNotConfiguredIsWrongUsage() throws IOException {
    Files.writeString(folder.resolve("agent.yaml"), "state-folder: state\n");

    var checked = agent("check");
    var renewed = agent("renew", "nobody");

    assertThat(checked.exitCode()).isZero();
    assertThat(renewed.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(renewed.err()).contains("there is no certificate \"nobody\"");
  }
}
