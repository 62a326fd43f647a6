package dev.chancery.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs programs and gives them what they need of the machine: free ports and temporary folders.
final class Programs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Programs() {}

  /// Starts a program that ends with this one at the latest; its output goes to `log`.
  static Process start(List<String> command, Path log) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      return process;
    } catch (IOException e) {
      throw new BenchException("cannot start " + command.getFirst(), e);
    }
  }

  /// Runs a program to its end and returns its standard output.
  ///
  /// @throws BenchException if it fails
  static String output(List<String> command) {
    return output(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
  }

  /// The same with standard error among the output.
  static String allOutput(List<String> command) {
    return output(new ProcessBuilder(command).redirectErrorStream(true));
  }

  /// Runs a program to its end, whatever it says; what it starts may live on.
  ///
  /// @throws BenchException if it fails
  static void quietly(List<String> command) {
    try {
      Path said = Files.createTempFile("chancery-bench", ".out");
      int status =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start()
              .waitFor();
      String output = tail(said);
      Files.delete(said);
      if (status != 0) {
        throw new BenchException(String.join(" ", command) + " failed: " + output);
      }
    } catch (IOException e) {
      throw new BenchException("cannot run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  private static String output(ProcessBuilder program) {
    List<String> command = program.command();
    try {
      Process process = program.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new BenchException(String.join(" ", command) + " ended with " + status);
      }
      return output;
    } catch (IOException e) {
      throw new BenchException("cannot run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /// Asks a process to end, and makes it if it does not.
  static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  /// A UDP port on which nobody listens at the moment.
  static int freeUdpPort() {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("there is no free UDP port", e);
    }
  }

  /// A TCP port on which nobody listens at the moment.
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("there is no free port", e);
    }
  }

  static Path temporaryFolder(String name) {
    try {
      return Files.createTempDirectory("chancery-bench-" + name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
  }

  /// The end of a log, for messages.
  static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "(" + log + " cannot be read)";
    }
  }

  static void deleteFolder(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }
}
