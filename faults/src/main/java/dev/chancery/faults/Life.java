package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.lab.AtExit;
import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
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
import java.util.function.IntConsumer;

/// The life of an installation: its disk, its nodes, and what its devices know, from the first
/// start through many rounds to the last proof.
final class Life implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration GLANCE = Duration.ofMillis(20);

  /// How far a clock may be off when it is said to be right.
  private static final Duration TOLERANCE = Duration.ofMillis(900);

  private final ServerJvm jvm;
  private final Path work;
  private final Ground ground;
  private final Optional<LoopDisk> disk;

  /// Of each node; none if clocks are left alone.
  private final List<FakeClock> clocks;

  private final Books books = new Books();
  private final List<Node> nodes = new ArrayList<>();

  /// Whoever interrupts a run shall not find its disks still mounted.
  private final AtExit cleaner;

  private int starts;
  private long slowestStartMillis;

  private Life(
      ServerJvm jvm, Path work, Ground ground, Optional<LoopDisk> disk, List<FakeClock> clocks) {
    this.jvm = jvm;
    this.work = work;
    this.ground = ground;
    this.disk = disk;
    this.clocks = clocks;
    cleaner = AtExit.of(this::cleanUp);
  }

  /// Prepares disk, clock and configuration; nothing is started.
  ///
  /// @param ground is the life's own, and goes with it
  /// @param withClock whether the clock of this life will be set
  static Life prepare(ServerJvm jvm, Path work, Ground ground, Means means, boolean withClock) {
    try {
      Files.createDirectories(work);
      Optional<LoopDisk> disk =
          means.disk().isEmpty() ? Optional.of(LoopDisk.make(work)) : Optional.empty();
      try {
        return prepare(jvm, work, ground, means, withClock, disk);
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
      Ground ground,
      Means means,
      boolean withClock,
      Optional<LoopDisk> disk)
      throws IOException {
    List<FakeClock> clocks = new ArrayList<>();
    for (int i = 0; i < ground.nodes() && withClock; i++) {
      Path file = work.resolve("n" + i + ".clock");
      means.clock().ifPresent(library -> clocks.add(FakeClock.right(library, file)));
    }
    Life life = new Life(jvm, work, ground, disk, clocks);
    for (int i = 0; i < ground.nodes(); i++) {
      life.configure(i);
    }
    // The operator has seen to it that the settings are on disk.
    Programs.must("sync", "-f", life.data(0).toString());
    return life;
  }

  private void configure(int node) throws IOException {
    Files.createDirectories(data(node));
    Files.writeString(
        data(node).resolve("chancery.yaml"),
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
            + ground.settings(node));
  }

  Path data(int node) {
    return disk.map(LoopDisk::folder).orElse(work).resolve("n" + node);
  }

  Books books() {
    return books;
  }

  LoopDisk disk() {
    return disk.orElseThrow(() -> new LabException("this life has no disk of its own"));
  }

  Node node(int number) {
    return nodes.get(number);
  }

  int size() {
    return nodes.size();
  }

  /// The database that all nodes share.
  Ground.Database database() {
    if (ground instanceof Ground.Database shared) {
      return shared;
    }
    throw new LabException("this life has no database server");
  }

  /// Starts one node after the other for the first time; all but the first get its keys before.
  ///
  /// @param before what else happens to each before
  void begin(IntConsumer before) {
    for (int i = 0; i < ground.nodes(); i++) {
      if (i > 0) {
        shareKeys(i);
      }
      before.accept(i);
      Node node = launch(i);
      nodes.add(node);
      node.awaitReady();
    }
  }

  /// What the documentation tells operators to do before the first start of another node.
  private void shareKeys(int node) {
    for (String file : List.of("secrets.key", "audit.key", "audit.pub.pem", "issuers")) {
      Programs.must("cp", "-a", data(0).resolve(file).toString(), data(node).toString());
    }
  }

  /// Starts a server on the data of a node that does not run. It does not belong to the life yet.
  Node launch(int number) {
    return Node.launch(
        jvm,
        data(number),
        work.resolve("n" + number + ".log"),
        clocks.isEmpty() ? Map.of() : clocks.get(number).environment());
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

  /// Waits until every node that runs is ready again, with nobody's help.
  ///
  /// @throws Violation if one is not within a minute
  void awaitHealed() {
    for (Node node : nodes) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (node.isAlive() && node.status("/readyz") != 200) {
        if (System.nanoTime() > end) {
          throw new Violation("a node does not get ready again by itself:\n" + node.tail());
        }
        var _ = node.endsWithin(GLANCE);
      }
    }
  }

  /// Sets the wall clock of a node and returns when it has noticed.
  void setClock(int node, Duration back) {
    if (clocks.isEmpty()) {
      throw new LabException("this life has no clock of its own");
    }
    clocks.get(node).set(back);
    awaitClock(node(node), back);
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
        throw new LabException("the server does not see its clock set: off by " + off);
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
    }
    for (Node node : nodes) {
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
    Folders.delete(folder);
    Programs.must("mkdir", "-p", folder.toString());
    Programs.must("cp", "-r", work.toString(), folder.toString());
    try {
      ground.keep(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the ledger", e);
    }
  }

  @Override
  public void close() {
    cleaner.close();
    ground.clear();
  }

  private void cleanUp() {
    disk.ifPresent(LoopDisk::release);
    nodes.forEach(Node::close);
    disk.ifPresent(LoopDisk::close);
    Folders.delete(work);
  }
}
