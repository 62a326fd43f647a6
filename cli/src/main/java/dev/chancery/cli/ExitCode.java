package dev.chancery.cli;

/// What the exit codes mean, the same for every command.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /// Somebody has to decide first; ask again later.
  static final int PENDING = 3;

  /// The server said no.
  static final int REFUSED = 4;

  /// The server is not to be trusted.
  static final int SERVER_UNTRUSTED = 5;

  /// The server cannot be reached, or the connection failed.
  static final int TRANSPORT = 6;

  /// Something answers that does not speak the protocol.
  static final int NOT_THE_PROTOCOL = 7;

  /// A redirect leads where it must not.
  static final int REDIRECT_REFUSED = 8;

  /// No CA certificate has the fingerprint that was given.
  static final int FINGERPRINT_MISMATCH = 9;

  /// The certificate that came is for another key.
  static final int CERTIFICATE_FOR_ANOTHER_KEY = 10;

  /// The certificate that came is from a foreign issuer, not valid, or for other names.
  static final int CERTIFICATE_UNTRUSTED = 11;

  /// The server demands what this side does not have.
  static final int UNABLE = 12;

  /// The server takes no such algorithm or kind of key.
  static final int ALGORITHM_REFUSED = 13;

  /// The server says that the message was changed on the way.
  static final int MESSAGE_CHANGED = 14;

  /// The server finds the message's time wrong.
  static final int TIME_REFUSED = 15;

  /// The server knows no such certificate or request.
  static final int NOT_FOUND = 16;

  /// The server is there and cannot answer now.
  static final int UNAVAILABLE = 17;

  private ExitCode() {}
}
