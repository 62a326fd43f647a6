package dev.chancery.transport;

import java.time.Duration;

/// One reply. The listener adds `Content-Length`, `Date` and the connection's own fields, nothing
/// else.
///
/// @param status an HTTP status code
public record Reply(int status, Headers headers, Body body) {
  public static Reply of(int status) {
    return new Reply(status, Headers.NONE, Body.EMPTY);
  }

  /// A reply with a body of `contentType`, which is emitted to the letter.
  public static Reply of(int status, String contentType, Body body) {
    return new Reply(status, Headers.NONE.with("Content-Type", contentType), body);
  }

  /// One line of plain text.
  public static Reply text(int status, String line) {
    return of(status, "text/plain; charset=utf-8", Body.of(line + "\n"));
  }

  public Reply with(String name, String value) {
    return new Reply(status, headers.with(name, value), body);
  }

  /// Adds `Retry-After` in whole seconds, rounded up, at least 1. The date form breaks clients
  /// (EST-122).
  public Reply retryAfter(Duration duration) {
    return with(
        "Retry-After", Long.toString(Math.max(1, duration.plusNanos(999_999_999).toSeconds())));
  }
}
