package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.lab.AtExit;
import dev.chancery.lab.Folders;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.Programs;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// An upgrade without a pause: a node of another, older version and one of this version on one
/// PostgreSQL, from before this version's first migration until after the older one has gone, and
/// back.
final class BesideRun {
  private static final String DATABASE = "beside";
  private static final int PASSES = 6;

  private final OtherVersion older;
  private final ServerJvm newer;
  private final Traffic traffic = new Traffic(1);
  private final Place first;
  private final Place second;
  private final List<Chapter> chapters = new ArrayList<>();
  private final List<String> facts = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final PrintStream out;

  private BesideRun(
      OtherVersion older, ServerJvm newer, Path work, PostgresCluster cluster, PrintStream out) {
    this.older = older;
    this.newer = newer;
    this.first = Place.prepare(work, "first", cluster.yaml(DATABASE, "node-first"));
    this.second = Place.prepare(work, "second", cluster.yaml(DATABASE, "node-second"));
    this.out = out;
    facts.add("the older version: " + older.title());
  }

  /// Runs to the end, or to the first promise that was broken.
  ///
  /// @param root the repository
  /// @param ref git's name of the older version
  /// @param out is told of the progress
  static Story of(Path root, String ref, PrintStream out) {
    long begun = System.nanoTime();
    OtherVersion older = OtherVersion.of(root, ref, out);
    Path work;
    try {
      work = Files.createTempDirectory("faults-beside");
    } catch (IOException e) {
      throw new UncheckedIOException("there is no place to work in", e);
    }
    try (PostgresCluster cluster = Ground.Database.freshCluster()) {
      cluster.create(DATABASE);
      BesideRun run = new BesideRun(older, ServerJvm.here(work), work, cluster, out);
      try (AtExit _ = AtExit.of(run::close)) {
        run.upgrade();
      } catch (Violation e) {
        run.violations.add(e.what());
      }
      run.violations.addAll(run.traffic.violations());
      return new Story(
          "Two versions on one database",
          "./faults/run --beside " + ref,
          Machine.description(),
          (System.nanoTime() - begun) / 1_000_000_000,
          run.facts,
          run.chapters,
          run.violations);
    } finally {
      Folders.delete(work);
    }
  }

  private void close() {
    first.close();
    second.close();
  }

  private void upgrade() {
    first.start(older.jvm());
    pass(first);
    pass(first);
    over("the older alone");

    migrateUnderLoad();
    pass(first);
    over("this version migrates, the older serves");

    second.start(newer);
    for (int i = 0; i < PASSES; i++) {
      pass(first, second);
    }
    over("both side by side");

    first.node().kill();
    first.start(older.jvm());
    for (int i = 0; i < PASSES / 2; i++) {
      pass(first, second);
    }
    over("the older was killed and started again");

    first.tellToStop();
    send(first, second);
    first.awaitStop();
    first.start(newer);
    for (int i = 0; i < PASSES / 2; i++) {
      pass(first, second);
    }
    over("the older has left, two of this version");

    second.stop();
    second.start(older.jvm());
    for (int i = 0; i < PASSES / 2; i++) {
      pass(first, second);
    }
    over("one went back to the older");

    tellWhatTheOlderSaysOfTheAudit();
    first.stop();
    second.stop();
    violations.addAll(first.verify());
    violations.addAll(second.verify());
  }

  /// Not held against it: versions up to this one took each action that they do not know for an
  /// edit.
  private void tellWhatTheOlderSaysOfTheAudit() {
    JsonNode report = second.node().command("audit.verify", Json.object());
    facts.add(
        "the older on the audit: "
            + (report.path("intact").asBoolean()
                ? "intact"
                : "entry "
                    + report.path("sequence").asLong()
                    + ": "
                    + report.path("gap").asText()));
  }

  private void migrateUnderLoad() {
    second.takeKeysOf(first);
    String data = second.data().toString();
    facts.add(
        "what this version adds: "
            + operator("db", "migrate", "--dry-run", "--data", data).replaceAll("\\s+", " "));
    CompletableFuture<String> migrating =
        CompletableFuture.supplyAsync(() -> operator("db", "migrate", "--data", data));
    while (!migrating.isDone()) {
      send(first);
    }
    facts.add("after the migration: " + resultOf(migrating).replaceAll("\\s+", " "));
  }

  private static String resultOf(CompletableFuture<String> operation) {
    try {
      return operation.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Violation violation) {
        throw violation;
      }
      throw e;
    }
  }

  private String operator(String... arguments) {
    Programs.Ended ended = Programs.run(newer.operate(second.data(), arguments));
    if (ended.status() != 0) {
      throw new Violation(String.join(" ", arguments) + " failed: " + ended.output());
    }
    return ended.output();
  }

  private void pass(Place... places) {
    traffic.pass(nodes(places));
  }

  private void send(Place... places) {
    List<Node> nodes = nodes(places);
    traffic.send(traffic.prepare(List.of(nodes.getLast())), nodes);
  }

  private static List<Node> nodes(Place... places) {
    List<Node> nodes = new ArrayList<>();
    for (Place place : places) {
      nodes.add(place.node());
    }
    return nodes;
  }

  /// Compares what every node that runs tells with what the devices know.
  private void over(String name) {
    Chapter chapter = traffic.chapter(name);
    chapters.add(chapter);
    for (Place place : List.of(first, second)) {
      if (place.isServing()) {
        List<String> found =
            place.serves(newer)
                ? Proof.of(place.node(), traffic.books())
                : Proof.withoutAudit(place.node(), traffic.books());
        found.forEach(violation -> violations.add(name + ": " + violation));
      }
    }
    out.printf(
        "faults: %s: %d devices, %d with a certificate, %d promises broken%n",
        name, chapter.devices(), chapter.acknowledged(), violations.size());
  }
}
