package dev.chancery.server.scep.outbound;

import java.time.Duration;
import java.util.Optional;

/// There is no answer from outside that means anything.
public final class OutboundException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String hint;
  private final transient Optional<Duration> retryAfter;

  /// @param code stable: `timeout`, `unreachable`, `tls`, `too-large`, `http-STATUS`, `malformed`,
  ///   …
  /// @param problem one sentence without the secrets of the exchange
  /// @param hint what the operator can do
  public OutboundException(String code, String problem, String hint) {
    this(code, problem, hint, Optional.empty());
  }

  /// @param retryAfter what the other side asked for
  public OutboundException(
      String code, String problem, String hint, Optional<Duration> retryAfter) {
    super(problem);
    this.code = code;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }

  OutboundException(String code, String problem, String hint, Throwable cause) {
    super(problem, cause);
    this.code = code;
    this.hint = hint;
    this.retryAfter = Optional.empty();
  }

  public String code() {
    return code;
  }

  public String problem() {
    return String.valueOf(getMessage());
  }

  public String hint() {
    return hint;
  }

  public Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
