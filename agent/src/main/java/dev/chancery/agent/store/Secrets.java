package dev.chancery.agent.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Secrets in files: read when they are needed, kept nowhere.
public final class Secrets {
  private Secrets() {}

  /// The first line, without white space around it.
  ///
  /// @throws IOException if it cannot be read or is empty
  public static String firstLine(Path file) throws IOException {
    try (var lines = Files.lines(file)) {
      return lines
          .findFirst()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .orElseThrow(() -> new IOException(file + " is empty"));
    }
  }
}
