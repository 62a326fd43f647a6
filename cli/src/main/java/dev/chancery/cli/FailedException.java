package dev.chancery.cli;

import org.jspecify.annotations.Nullable;

/// A command could not do what it was asked to: what happened, and what to do about it. Becomes the
/// `chancery: error:` and `chancery: hint:` lines and the exit code.
final class FailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final String hint;
  private final int exitCode;

  FailedException(String what, String hint) {
    this(what, hint, ExitCode.FAILED, null);
  }

  FailedException(String what, String hint, @Nullable Throwable cause) {
    this(what, hint, ExitCode.FAILED, cause);
  }

  /// With another exit code than [ExitCode#FAILED].
  FailedException(String what, String hint, int exitCode, @Nullable Throwable cause) {
    super(what, cause);
    this.what = what;
    this.hint = hint;
    this.exitCode = exitCode;
  }

  /// The command line itself was wrong.
  static FailedException usage(String what, String hint) {
    return new FailedException(what, hint, ExitCode.USAGE, null);
  }

  String what() {
    return what;
  }

  String hint() {
    return hint;
  }

  int exitCode() {
    return exitCode;
  }
}
