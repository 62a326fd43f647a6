package dev.chancery.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// Runs programs of the system.
final class Programs {
  private Programs() {}

  /// How a program ended.
  record Ended(int status, String output) {}

  /// Runs a program to its end.
  static Ended run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output.strip());
    } catch (IOException absent) {
      return new Ended(127, String.valueOf(absent.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultsException("interrupted", e);
    }
  }

  /// Runs a program that has to succeed.
  static void must(String... command) {
    Ended ended = run(command);
    if (ended.status() != 0) {
      throw new FaultsException(String.join(" ", command) + " failed: " + ended.output());
    }
  }

  static void deleteFolder(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }
}
