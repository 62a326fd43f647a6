package dev.chancery.bench;

import dev.chancery.lab.LabException;
import java.util.List;
import java.util.OptionalLong;

/// A server process that load is put on; it listens on 127.0.0.1.
public interface Target extends AutoCloseable {
  /// For people.
  String name();

  /// The port for `protocol`: TCP with TLS for EST, UDP with DTLS for EST-coaps, clear TCP for
  /// SCEP.
  ///
  /// @throws LabException if it does not speak it
  int port(Protocol protocol);

  /// The processes whose CPU, memory and file descriptors count.
  List<Long> processes();

  /// The process of its database with all that it starts, if it has one beside it.
  default OptionalLong database() {
    return OptionalLong.empty();
  }

  /// Stops the processes and waits until they are gone.
  @Override
  void close();
}
