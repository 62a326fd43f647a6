package dev.chancery.cli;

/// What the exit codes mean, the same for every command.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /// Somebody has to decide first; ask again later.
  static final int PENDING = 3;

  private ExitCode() {}
}
