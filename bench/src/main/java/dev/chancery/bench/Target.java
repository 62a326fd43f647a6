package dev.chancery.bench;

import java.util.List;

/// A server process that load is put on; it listens with TLS on 127.0.0.1.
public interface Target extends AutoCloseable {
  /// For people.
  String name();

  /// The TLS port.
  int port();

  /// The processes whose CPU, memory and file descriptors count.
  List<Long> processes();

  /// Stops the processes and waits until they are gone.
  @Override
  void close();
}
