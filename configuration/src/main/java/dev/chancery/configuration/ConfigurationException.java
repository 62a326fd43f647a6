package dev.chancery.configuration;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// The configuration cannot be used; holds everything that is wrong with it, not only the first
/// thing.
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public ConfigurationException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// There is no such file, or it is no text.
  public static ConfigurationException unreadable(Path file, IOException cause) {
    return new ConfigurationException(
        List.of(
            Problem.at(
                "", 0, "cannot read " + file + ": " + cause, "check that it exists and is UTF-8")));
  }

  /// In the order of the file.
  public List<Problem> problems() {
    return problems;
  }
}
