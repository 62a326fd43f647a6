package dev.chancery.interop.database;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.ServerProcess;
import dev.chancery.interop.Wire;
import dev.chancery.lab.FreePort;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.PostgresPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// What the tests do with nodes.
final class Nodes {
  private static final int ENROLLERS = 8;

  private Nodes() {}

  /// A cluster with an empty database `chancery`; skips the test if PostgreSQL is not installed.
  static PostgresCluster database() {
    Optional<PostgresPrograms> programs = PostgresPrograms.installed();
    Assumptions.assumeTrue(programs.isPresent(), "PostgreSQL is not installed");
    PostgresCluster cluster = PostgresCluster.make(programs.orElseThrow(), "shared_buffers = 32MB");
    cluster.create("chancery");
    return cluster;
  }

  /// Gives a folder the keys that all nodes have, as the documentation tells operators to.
  static void copyKeys(Path from, Path to) {
    try {
      Files.createDirectories(to.resolve("issuers"));
      for (String name : List.of("secrets.key", "audit.key", "audit.pub.pem")) {
        Files.copy(from.resolve(name), to.resolve(name));
      }
      try (Stream<Path> files = Files.list(from.resolve("issuers"))) {
        for (Path file : files.toList()) {
          Files.copy(file, to.resolve("issuers").resolve(file.getFileName()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the keys", e);
    }
  }

  /// Starts a node as a process of its own, on a port that is free.
  static ServerProcess serve(Path folder, String yaml) throws IOException {
    int port = FreePort.tcp();
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("chancery.yaml"),
        """
        server:
          host-names: [localhost, 127.0.0.1]
          tls: {address: 127.0.0.1, port: %d}
          clear: {address: 127.0.0.1, port: 0}
          log: {level: warn}
        %s\
        """
            .formatted(port, yaml));
    return ServerProcess.start(folder, port);
  }

  /// Enrols one device after another, on eight connections at a time, until `enough`; remembers the
  /// serial number of each certificate that was handed out, under its credential's id.
  ///
  /// @param port of the node that the next device turns to
  static void enroll(
      List<Credentials.Created> credentials,
      IntSupplier port,
      Map<String, String> acknowledged,
      BooleanSupplier enough)
      throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService executor = Executors.newFixedThreadPool(ENROLLERS)) {
      for (int i = 0; i < ENROLLERS; i++) {
        executor.execute(() -> {
          for (int device = next.getAndIncrement();
              device < credentials.size() && !enough.getAsBoolean();
              device = next.getAndIncrement()) {
            enrollOne(credentials.get(device), device, port.getAsInt(), acknowledged);
          }
        });
      }
      executor.shutdown();
      if (!executor.awaitTermination(3, TimeUnit.MINUTES)) {
        throw new AssertionError("the enrollers did not come to an end");
      }
    }
  }

  private static void enrollOne(
      Credentials.Created credential, int device, int port, Map<String, String> acknowledged) {
    try (Wire wire = Wire.connect(port)) {
      Wire.Answer answer =
          wire.send(
              "POST",
              "/.well-known/est/simpleenroll",
              Installation.basic(credential),
              Installation.request("CN=device-" + device).base64());
      if (answer.status() == 200) {
        acknowledged.put(
            credential.credential().id(),
            Installation.certificateIn(answer).serialNumber().toString());
      } else if (answer.status() != 503) {
        throw new AssertionError(answer.status() + ": " + answer.text());
      }
    } catch (IllegalStateException | UncheckedIOException broken) {
      // The connection broke with the node: nothing was acknowledged.
    }
  }
}
