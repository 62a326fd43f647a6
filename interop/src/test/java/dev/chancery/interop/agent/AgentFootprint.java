package dev.chancery.interop.agent;

import dev.chancery.interop.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Measures what the service takes of a machine while it watches many certificates and none is due:
/// resident memory, and CPU time. Runs the real command in a process of its own.
///
///     java … dev.chancery.interop.agent.AgentFootprint [CERTIFICATES [SECONDS]]
public final class AgentFootprint {
  /// What the launcher sets.
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xss512k",
          "-Xmx128m",
          "-Xmn8m",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-XX:-ShrinkHeapInSteps",
          "-XX:TieredStopAtLevel=1",
          "-XX:MaxDirectMemorySize=64m",
          "--enable-native-access=ALL-UNNAMED");

  private AgentFootprint() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int certificates = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
    Path folder = Files.createTempDirectory("agent-footprint");
    try (Installation chancery = Installation.start(folder.resolve("server"), "")) {
      Path file = settings(chancery, folder.resolve("host"), certificates);
      measure(file, certificates, seconds);
    }
  }

  /// One certificate is really got; the others are remembered as if they were its like.
  private static Path settings(Installation chancery, Path folder, int certificates)
      throws IOException {
    AgentHost host = AgentHost.at(chancery, folder, chancery.credential("CN=many"), "");
    host.once();
    Path states = folder.resolve("state").resolve("certificates");
    byte[] state = Files.readAllBytes(states.resolve("web").resolve("state.json"));
    StringBuilder yaml = new StringBuilder(Files.readString(host.file()));
    for (int i = 1; i < certificates; i++) {
      String name = "c" + i;
      Files.createDirectories(states.resolve(name));
      Files.write(states.resolve(name).resolve("state.json"), state);
      yaml.append("  - {name: ")
          .append(name)
          .append(", endpoint: ca, store: {folder: ")
          .append(name)
          .append("}}\n");
    }
    return Files.writeString(folder.resolve("many.yaml"), yaml);
  }

  private static void measure(Path file, int certificates, int seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "dev.chancery.cli.Main",
            "agent",
            "run",
            "--config",
            file.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (@Nullable String line = out.readLine();
          line != null && !line.contains("watching");
          line = out.readLine()) {
        System.out.println(line);
      }
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      long before = cpuTicks(process.pid());
      ended |= process.waitFor(seconds, TimeUnit.SECONDS);
      long after = cpuTicks(process.pid());
      System.out.printf(
          Locale.ROOT,
          "%d certificates watched: %.1f MB resident, %.3f %% of one CPU over %d s%s%n",
          certificates,
          residentKilobytes(process.pid()) / 1024.0,
          (after - before) / (double) seconds,
          seconds,
          ended ? " (it ended!)" : "");
    } finally {
      process.destroyForcibly();
    }
  }

  private static long residentKilobytes(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  /// User and system time in hundredths of a second, so that ticks per second are per cent.
  private static long cpuTicks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
  }
}
