package dev.chancery.bench;

import java.util.Optional;

/// What came back.
final class Answer {
  private final Optional<String> problem;
  private final byte[] body;

  private Answer(Optional<String> problem, byte[] body) {
    this.problem = problem;
    this.body = body;
  }

  /// The server says that this is what was asked for.
  static Answer of(byte[] body) {
    return new Answer(Optional.empty(), body);
  }

  /// The server refused, in these words.
  static Answer refused(String problem) {
    return new Answer(Optional.of(problem.strip()), new byte[0]);
  }

  /// Why not; empty if all is well.
  Optional<String> problem() {
    return problem;
  }

  byte[] body() {
    return body;
  }
}
