package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.server.admin.AuditReport;
import dev.chancery.server.admin.Json;
import dev.chancery.server.admin.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The life of an installation: its disk, its nodes, and what its devices know, from the first
/// start through many rounds to the last proof.
final class Life implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// How far a clock may be off when it is said to be right.
  private static final Duration TOLERANCE = Duration.ofMillis(900);

  private final ServerJvm jvm;
  private final Path work;
  private final Store store;
  private final Optional<LoopDisk> disk;
  private final Optional<FakeClock> clock;
  private final Books books = new Books();
  private final List<Node> nodes = new ArrayList<>();

  /// Whoever interrupts a run shall not find its disks still mounted.
  private final Thread cleaner = new Thread(this::cleanUp);

  private int starts;
  private long slowestStartMillis;

  private Life(
      ServerJvm jvm, Path work, Store store, Optional<LoopDisk> disk, Optional<FakeClock> clock) {
    this.jvm = jvm;
    this.work = work;
    this.store = store;
    this.disk = disk;
    this.clock = clock;
    Runtime.getRuntime().addShutdownHook(cleaner);
  }

  /// Prepares disk, clock and configuration; nothing is started.
  ///
  /// @param withClock whether the clock of this life will be set
  static Life prepare(ServerJvm jvm, Path work, Store store, Means means, boolean withClock) {
    try {
      Files.createDirectories(work);
      Optional<LoopDisk> disk =
          means.disk().isEmpty() ? Optional.of(LoopDisk.make(work)) : Optional.empty();
      try {
        return prepare(jvm, work, store, means, withClock, disk);
      } catch (RuntimeException | IOException e) {
        disk.ifPresent(LoopDisk::close);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare " + work, e);
    }
  }

  private static Life prepare(
      ServerJvm jvm,
      Path work,
      Store store,
      Means means,
      boolean withClock,
      Optional<LoopDisk> disk)
      throws IOException {
    Optional<FakeClock> clock =
        withClock ? means.clock().map(library -> FakeClock.right(library, work)) : Optional.empty();
    Life life = new Life(jvm, work, store, disk, clock);
    for (int i = 0; i < store.nodes(); i++) {
      life.configure(life.data(i));
    }
    // The operator has seen to it that the settings are on disk.
    Programs.must("sync", "-f", life.data(0).toString());
    return life;
  }

  private void configure(Path data) throws IOException {
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
        """
            + store.settings());
  }

  Path data(int node) {
    return disk.map(LoopDisk::folder).orElse(work).resolve("n" + node);
  }

  Books books() {
    return books;
  }

  LoopDisk disk() {
    return disk.orElseThrow(() -> new FaultsException("this life has no disk of its own"));
  }

  Node node(int number) {
    return nodes.get(number);
  }

  int size() {
    return nodes.size();
  }

  /// Starts all nodes for the first time.
  void begin() {
    for (int i = 0; i < store.nodes(); i++) {
      Node node = launch(i);
      nodes.add(node);
      node.awaitReady();
    }
  }

  /// Starts a server on the data of a node that does not run. It does not belong to the life yet.
  Node launch(int number) {
    return Node.launch(
        jvm,
        data(number),
        work.resolve("n" + number + ".log"),
        clock.map(FakeClock::environment).orElse(Map.of()));
  }

  /// Starts every node again that does not run, and does nothing else for it.
  void recover() {
    for (int i = 0; i < nodes.size(); i++) {
      if (!nodes.get(i).isAlive()) {
        nodes.get(i).close();
        long begun = System.nanoTime();
        Node again = launch(i);
        nodes.set(i, again);
        again.awaitReady();
        starts++;
        slowestStartMillis =
            Math.max(slowestStartMillis, Duration.ofNanos(System.nanoTime() - begun).toMillis());
      }
    }
  }

  /// The starts since the last call.
  record Starts(int count, long slowestMillis) {}

  Starts takeStarts() {
    Starts taken = new Starts(starts, slowestStartMillis);
    starts = 0;
    slowestStartMillis = 0;
    return taken;
  }

  /// Sets the wall clock of all nodes and returns when they have noticed.
  void setClock(Duration back) {
    clock.orElseThrow(() -> new FaultsException("this life has no clock of its own")).set(back);
    for (Node node : nodes) {
      awaitClock(node, back);
    }
  }

  private static void awaitClock(Node node, Duration back) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      JsonNode status = node.command("server.status", Json.object());
      Duration off =
          Duration.between(Instant.parse(status.path("time").asText()), Instant.now().minus(back));
      if (off.abs().compareTo(TOLERANCE) < 0) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new FaultsException("the server does not see its clock set: off by " + off);
      }
    }
  }

  /// Ends the life in order, and verifies the audit once more without a server.
  ///
  /// @return what does not agree
  List<String> end() {
    List<String> violations = new ArrayList<>();
    for (Node node : nodes) {
      node.signal("TERM");
      if (!node.endsWithin(PATIENCE) || node.exitCode() != 0) {
        violations.add("the server does not stop in order:\n" + node.tail());
        node.kill();
      }
      JsonNode report = AuditReport.ofFolder(node.data(), Clock.systemUTC(), Progress.UNWATCHED);
      if (!report.path("intact").asBoolean()) {
        violations.add("without the server, the audit does not verify: " + report.path("gap"));
      }
    }
    return violations;
  }

  /// How many files killed servers have left in their folders for temporary ones.
  long litter() {
    long files = 0;
    for (int i = 0; i < nodes.size(); i++) {
      files += ServerJvm.litter(data(i));
    }
    return files;
  }

  /// Copies what is left of the nodes to `folder`, for whoever looks for the cause.
  void keep(Path folder) {
    Programs.deleteFolder(folder);
    Programs.must("mkdir", "-p", folder.toString());
    Programs.must("cp", "-r", work.toString(), folder.toString());
  }

  @Override
  public void close() {
    cleanUp();
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException ending) {
      // This program ends, and the hook is under way.
      return;
    }
  }

  private void cleanUp() {
    disk.ifPresent(LoopDisk::release);
    nodes.forEach(Node::close);
    disk.ifPresent(LoopDisk::close);
    Programs.deleteFolder(work);
  }
}
