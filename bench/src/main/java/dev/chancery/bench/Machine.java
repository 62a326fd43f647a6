package dev.chancery.bench;

import dev.chancery.lab.Programs;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What the figures were measured on.
///
/// @param diskType the file system of the data folder; on `tmpfs` a sync costs nothing
public record Machine(
    String processor,
    int cores,
    long memoryMegabytes,
    String system,
    String jdk,
    String chancery,
    String nginx,
    String diskType) {
  /// This machine.
  ///
  /// @param script the `chancery` that is measured
  static Machine of(Path script, Path data) {
    String chancery =
        Programs.output(List.of(script.toString(), "--version")).lines().findFirst().orElse("");
    String nginx = Nginx.installed().map(Nginx::version).orElse("not installed");
    return new Machine(
        readProcessor(),
        Runtime.getRuntime().availableProcessors(),
        totalMegabytes(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vendor.version") + " " + System.getProperty("java.vm.version"),
        chancery,
        nginx,
        diskTypeOf(data));
  }

  private static String readProcessor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static long totalMegabytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize() / (1024 * 1024)
        : 0;
  }

  private static String diskTypeOf(Path data) {
    try {
      return Files.getFileStore(data).type();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
