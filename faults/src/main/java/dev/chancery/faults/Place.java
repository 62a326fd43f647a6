package dev.chancery.faults;

import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
import dev.chancery.server.admin.AuditReport;
import dev.chancery.server.admin.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The data folder of one node on a shared database, and what serves from it: now this version, now
/// another one.
final class Place implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// What the documentation tells operators to copy before the first start of another node.
  private static final List<String> SHARED_KEYS =
      List.of("secrets.key", "audit.key", "audit.pub.pem", "issuers");

  private final Path data;
  private final Path log;
  private Optional<Node> node = Optional.empty();
  private Optional<ServerJvm> version = Optional.empty();

  private Place(Path data, Path log) {
    this.data = data;
    this.log = log;
  }

  /// @param database what `chancery.yaml` says of it: whole lines
  static Place prepare(Path work, String name, String database) {
    Path data = work.resolve(name);
    try {
      Files.createDirectories(data);
      Files.writeString(
          data.resolve("chancery.yaml"),
          """
          server:
            host-names: [localhost]
            tls: {address: 127.0.0.1, port: 0}
            clear: {address: 127.0.0.1, port: 0}
          est:
            endpoints:
              - label: ""
              - label: made
                server-keys: {delivery: plain}
          profiles:
            %s: {approval: manual, retry-after: 1s}
          """
                  .formatted(Books.WATCHED_PROFILE)
              + database);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare " + data, e);
    }
    return new Place(data, work.resolve(name + ".log"));
  }

  void takeKeysOf(Place first) {
    for (String file : SHARED_KEYS) {
      Programs.must("cp", "-a", first.data.resolve(file).toString(), data.toString());
    }
  }

  Path data() {
    return data;
  }

  /// Starts a server here and waits until it serves.
  Node start(ServerJvm jvm) {
    Node started = Node.launch(jvm, data, log, Map.of());
    node = Optional.of(started);
    version = Optional.of(jvm);
    started.awaitReady();
    return started;
  }

  /// @throws LabException if nothing was started here
  Node node() {
    return node.orElseThrow(() -> new LabException("nothing serves from " + data));
  }

  boolean isServing() {
    return node.isPresent();
  }

  /// True if what serves here was started with that version.
  boolean serves(ServerJvm jvm) {
    return isServing() && version.equals(Optional.of(jvm));
  }

  /// Tells the server to stop, and does not wait for it.
  void tellToStop() {
    node().signal("TERM");
  }

  /// Waits until the server that was told to has stopped.
  ///
  /// @throws Violation if it does not, or not with 0
  void awaitStop() {
    if (!node().endsWithin(PATIENCE) || node().exitCode() != 0) {
      throw new Violation("the server does not stop in order:\n" + node().tail());
    }
    node = Optional.empty();
  }

  /// Stops the server in order.
  void stop() {
    tellToStop();
    awaitStop();
  }

  /// What this version finds in the audit without a server.
  List<String> verify() {
    List<String> violations = new ArrayList<>();
    var report = AuditReport.ofFolder(data, Clock.systemUTC(), Progress.UNWATCHED);
    if (!report.path("intact").asBoolean()) {
      violations.add("without a server, the audit does not verify: " + report.path("gap").asText());
    }
    return violations;
  }

  @Override
  public void close() {
    node.ifPresent(Node::close);
  }
}
