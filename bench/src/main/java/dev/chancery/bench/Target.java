package dev.chancery.bench;

import java.util.List;

/// A server process that load is put on; it listens on 127.0.0.1.
public interface Target extends AutoCloseable {
  /// For people.
  String name();

  /// The port for `protocol`: TCP with TLS for EST, UDP with DTLS for EST-coaps, clear TCP for
  /// SCEP.
  ///
  /// @throws BenchException if it does not speak it
  int port(Protocol protocol);

  /// The processes whose CPU, memory and file descriptors count.
  List<Long> processes();

  /// Stops the processes and waits until they are gone.
  @Override
  void close();
}
