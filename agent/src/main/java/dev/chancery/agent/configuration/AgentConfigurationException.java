package dev.chancery.agent.configuration;

import java.util.List;
import java.util.stream.Collectors;

/// The configuration cannot be used; holds everything that is wrong with it, not only the first
/// thing.
public final class AgentConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public AgentConfigurationException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// In the order of the file.
  public List<Problem> problems() {
    return problems;
  }
}
