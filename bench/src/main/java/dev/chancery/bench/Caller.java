package dev.chancery.bench;

import java.io.IOException;

/// Somebody who talks to a server: a device with its certificate, or any stranger. Thread-safe, but
/// for one who may have one session at a time.
@FunctionalInterface
interface Caller extends AutoCloseable {
  /// A new connection, with its handshake.
  Session open() throws IOException;

  /// Gives back what is kept between sessions.
  @Override
  default void close() {}
}
