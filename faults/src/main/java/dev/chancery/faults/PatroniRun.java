package dev.chancery.faults;

import dev.chancery.lab.AtExit;
import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// One node on PostgreSQL under Patroni, while its primary changes: by an operator's switchover,
/// and because the primary is killed. Nobody tells the node.
final class PatroniRun {
  private static final String DATABASE = "chancery";

  /// Enough devices to still wait when the new primary is there.
  private static final int CROWD = 12;

  private static final int PASSES = 3;

  private final PatroniCluster cluster;
  private final ServerJvm jvm;
  private final Place place;
  private final PrintStream out;
  private final Traffic traffic = new Traffic(1);
  private final List<Chapter> chapters = new ArrayList<>();
  private final List<String> facts = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();

  private PatroniRun(PatroniCluster cluster, ServerJvm jvm, Place place, PrintStream out) {
    this.cluster = cluster;
    this.jvm = jvm;
    this.place = place;
    this.out = out;
    facts.add(cluster.versions());
  }

  /// Runs to the end, or to the first promise that was broken.
  ///
  /// @param out is told of the progress
  static Story of(PrintStream out) {
    long begun = System.nanoTime();
    Path work;
    try {
      work = Files.createTempDirectory("faults-place");
    } catch (IOException e) {
      throw new UncheckedIOException("there is no place to work in", e);
    }
    out.println("faults: starting three PostgreSQL under Patroni…");
    try (PatroniCluster cluster = PatroniCluster.start()) {
      cluster.create(DATABASE);
      Place place = Place.prepare(work, "node", cluster.yaml(DATABASE, "node"));
      try (AtExit _ = AtExit.of(place::close)) {
        PatroniRun run = new PatroniRun(cluster, ServerJvm.here(work), place, out);
        try {
          run.primaries();
        } catch (Violation e) {
          run.violations.add(e.what());
        }
        run.violations.addAll(run.traffic.violations());
        return new Story(
            "PostgreSQL under Patroni",
            "./faults/run --patroni",
            Machine.description(),
            (System.nanoTime() - begun) / 1_000_000_000,
            run.facts,
            run.chapters,
            run.violations);
      }
    } finally {
      Folders.delete(work);
    }
  }

  private void primaries() {
    place.start(jvm);
    for (int i = 0; i < PASSES; i++) {
      pass();
    }
    over("all is well");

    under(() -> facts.add("switched over from " + cluster.switchOver()));
    over("`patronictl switchover`");
    cluster.awaitWhole();

    String[] killed = new String[1];
    under(() -> {
      killed[0] = cluster.killPrimary();
      facts.add(
          "killed " + killed[0] + "; then the primary was " + cluster.awaitOtherThan(killed[0]));
    });
    over("the primary and its Patroni are killed");

    cluster.bringBack(killed[0]);
    pass();
    cluster.awaitWhole();
    pass();
    over("it comes back as a standby");

    place.stop();
    violations.addAll(place.verify());
  }

  private interface Disturbance {
    void happen() throws IOException;
  }

  /// Lets something happen while devices enrol.
  private void under(Disturbance disturbance) {
    List<Node> nodes = List.of(place.node());
    List<Attempt> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      crowd.addAll(traffic.prepare(nodes));
    }
    CompletableFuture<Void> devices = CompletableFuture.runAsync(() -> traffic.send(crowd, nodes));
    traffic.awaitCertificates(crowd.size() / 6);
    try {
      disturbance.happen();
      devices.get();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException e) {
      throw new LabException("the devices could not go on: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
    pass();
  }

  private void pass() {
    traffic.pass(List.of(place.node()));
  }

  private void over(String name) {
    Chapter chapter = traffic.chapter(name);
    chapters.add(chapter);
    Proof.of(place.node(), traffic.books())
        .forEach(violation -> violations.add(name + ": " + violation));
    out.printf(
        "faults: %s: %d devices, %d with a certificate, %d promises broken%n",
        name, chapter.devices(), chapter.acknowledged(), violations.size());
  }
}
