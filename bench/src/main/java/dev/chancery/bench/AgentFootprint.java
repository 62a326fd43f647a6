package dev.chancery.bench;

import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What `chancery agent` takes of a machine while it watches many certificates and none is due.
///
/// @param certificates how many
/// @param residentMegabytes at the end
/// @param cpuPercent of one core, over `seconds`
public record AgentFootprint(
    int certificates, double residentMegabytes, double cpuPercent, int seconds) {
  private static final double MEGABYTE = 1024 * 1024;

  /// For reading 10,000 settings and states.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Enrolls one certificate at a server and has the agent watch as many as the settings say: the
  /// others are remembered as if they were its like.
  static AgentFootprint measure(Settings settings, Progress progress, Path folder) {
    progress.begin("the agent: one certificate, and " + settings.agent() + " like it");
    try (Chancery chancery =
        Chancery.start(settings.script(), folder.resolve("server"), List.of())) {
      Path host = Files.createDirectories(folder.resolve("host"));
      Path one = oneCertificate(host, chancery, settings.script());
      Path many = manyCertificates(host, one, settings.agent());
      return watch(settings, progress, many, folder.resolve("agent.log"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set up an agent in " + folder, e);
    }
  }

  private static Path oneCertificate(Path host, Chancery chancery, Path script) throws IOException {
    Credential credential = chancery.standingCredential();
    Files.writeString(host.resolve("secret"), credential.secret() + "\n");
    Path file =
        Files.writeString(
            host.resolve("agent.yaml"),
            """
            state-folder: state
            endpoints:
              ca:
                url: https://localhost:%d
                fingerprint: %s
            certificates:
              - name: c0
                subject: "CN=many,O=Bench"
                endpoint: ca
                credential: {id: '%s', secret-file: secret}
                store: {folder: c0}
            """
                .formatted(
                    chancery.port(Protocol.EST), chancery.rootFingerprint(), credential.id()));
    Programs.output(List.of(script.toString(), "agent", "once", "--config", file.toString()));
    return file;
  }

  private static Path manyCertificates(Path host, Path one, int certificates) throws IOException {
    Path states = host.resolve("state").resolve("certificates");
    byte[] state = Files.readAllBytes(states.resolve("c0").resolve("state.json"));
    StringBuilder yaml = new StringBuilder(Files.readString(one));
    for (int number = 1; number < certificates; number++) {
      String name = "c" + number;
      Files.createDirectories(states.resolve(name));
      Files.write(states.resolve(name).resolve("state.json"), state);
      yaml.append("  - {name: %s, endpoint: ca, store: {folder: %s}}\n".formatted(name, name));
    }
    return Files.writeString(host.resolve("many.yaml"), yaml);
  }

  private static AgentFootprint watch(
      Settings settings, Progress progress, Path configuration, Path log) throws IOException {
    Process agent =
        Programs.start(
            List.of(
                settings.script().toString(), "agent", "run", "--config", configuration.toString()),
            log);
    try {
      progress.begin("the agent: reading its settings");
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!Files.readString(log).contains("watching")) {
        if (Programs.endsWithin(agent, Duration.ofMillis(100)) || System.nanoTime() > deadline) {
          throw new LabException("the agent does not watch:\n" + Programs.tail(log));
        }
      }
      progress.begin("the agent: coming to rest, then " + settings.agentSeconds() + " s of it");
      rest(agent, settings.agentSeconds(), log);
      Usage before = Usage.of(List.of(agent.pid()));
      rest(agent, settings.agentSeconds(), log);
      Usage after = Usage.of(List.of(agent.pid()));
      return new AgentFootprint(
          settings.agent(),
          after.residentBytes() / MEGABYTE,
          (after.cpuMillis() - before.cpuMillis()) / 10 / settings.agentSeconds(),
          settings.agentSeconds());
    } finally {
      Programs.stop(agent);
    }
  }

  private static void rest(Process agent, int seconds, Path log) {
    if (Programs.endsWithin(agent, Duration.ofSeconds(seconds))) {
      throw new LabException("the agent ended:\n" + Programs.tail(log));
    }
  }
}
