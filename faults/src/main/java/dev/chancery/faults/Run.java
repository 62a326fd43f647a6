package dev.chancery.faults;

import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.lab.PostgresCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Lives through many lives, some at the same time, and collects what became of them.
final class Run {
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long ROOM = 1024L * 1024 * 1024;

  private final Settings settings;
  private final Path work;
  private final Means means;
  private final ServerJvm jvm;
  private final Set<Harm> harms;
  private final Progress progress;
  private final ConcurrentLinkedQueue<RoundResult> results = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<PostgresCluster> clusters = new LinkedBlockingQueue<>();
  private final AtomicLong litter = new AtomicLong();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

  private Run(Settings settings, Path work, java.io.PrintStream out) {
    this.settings = settings;
    this.work = work;
    this.means = Means.here(settings.store(), work);
    this.harms = EnumSet.copyOf(settings.only());
    this.harms.retainAll(means.harms());
    if (harms.isEmpty()) {
      throw new LabException("nothing can be done here: " + means.leftOut());
    }
    this.progress = new Progress(out, settings.each() ? harms.size() : settings.rounds());
    means.leftOut().forEach(progress::say);
    progress.say("preparing");
    this.jvm = ServerJvm.here(work);
    // Lives that go on at the same time must not harm each other's database.
    for (int i = 0; i < settings.parallel() && settings.store() == Store.POSTGRESQL; i++) {
      clusters.add(Ground.Database.freshCluster());
    }
  }

  /// Runs to the end, whatever is found.
  ///
  /// @param out is told of the progress
  static Findings of(Settings settings, java.io.PrintStream out) {
    long begun = System.nanoTime();
    // In memory if there is such a place: it is the disk's work that is wanted, not its waits.
    Path work;
    try {
      work =
          Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ROOM
              ? Files.createTempDirectory(MEMORY, "faults-")
              : Files.createTempDirectory("faults-");
    } catch (IOException e) {
      throw new UncheckedIOException("there is no place to work in", e);
    }
    work.toFile().deleteOnExit();
    try {
      Run run = new Run(settings, work, out);
      try {
        return run.lives(begun);
      } finally {
        run.clusters.forEach(PostgresCluster::close);
      }
    } finally {
      Folders.delete(work);
    }
  }

  private Findings lives(long begun) {
    int lives =
        settings.each()
            ? settings.parallel()
            : (settings.rounds() + Settings.ROUNDS_PER_LIFE - 1) / Settings.ROUNDS_PER_LIFE;
    try (ExecutorService workers = Executors.newFixedThreadPool(settings.parallel())) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < lives; i++) {
        int life = i;
        all.add(workers.submit(() -> live(life, plans(life, lives))));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new LabException("a life could not be lived: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
    List<RoundResult> rounds = new ArrayList<>(results);
    rounds.sort(Comparator.comparingLong(RoundResult::life).thenComparingInt(RoundResult::number));
    return new Findings(
        command(settings.rounds(), settings.seed()),
        Machine.description(),
        settings.store().title(),
        means.leftOut(),
        lives,
        (System.nanoTime() - begun) / 1_000_000_000,
        rounds,
        litter.get(),
        List.copyOf(violations));
  }

  private List<Plan> plans(int life, int lives) {
    long seed = settings.seed() + life;
    int rounds =
        Math.min(Settings.ROUNDS_PER_LIFE, settings.rounds() - life * Settings.ROUNDS_PER_LIFE);
    return settings.each()
        ? Deck.each(seed, life, lives, harms)
        : Deck.deal(seed, rounds, harms, false);
  }

  private void live(int number, List<Plan> plans) {
    long seed = settings.seed() + number;
    switch (settings.store()) {
      case SQLITE -> live(number, seed, plans, new Ground.OneFile());
      case POSTGRESQL -> {
        PostgresCluster cluster = clusters.remove();
        try {
          int nodes = settings.store().nodes(seed);
          live(number, seed, plans, Ground.Database.make(cluster, "life" + number, nodes));
        } finally {
          clusters.add(cluster);
        }
      }
    }
  }

  private void live(int number, long seed, List<Plan> plans, Ground ground) {
    boolean clock = plans.stream().anyMatch(plan -> plan.harm().needsClock());
    try (Life life = Life.prepare(jvm, work.resolve("l" + number), ground, means, clock)) {
      boolean well = true;
      for (int i = 0; i < plans.size() && well; i++) {
        RoundResult result = Round.run(life, plans.get(i), seed, i + 1);
        results.add(result);
        progress.over(result);
        well = result.violations().isEmpty();
        if (!well) {
          failed(life, seed, i + 1);
        }
      }
      litter.addAndGet(life.litter());
      if (well) {
        List<String> found = life.end();
        found.forEach(violation -> violations.add("life " + seed + ": " + violation));
        progress.tell("at the end of life " + seed, found);
        if (!found.isEmpty()) {
          failed(life, seed, plans.size());
        }
      }
    } catch (LabException e) {
      // Nothing is proved by a life that was not lived; the others go on.
      String what = "life " + seed + " could not be lived: " + e.getMessage();
      violations.add(what);
      progress.say("FAILED " + what);
    }
  }

  private void failed(Life life, long seed, int rounds) {
    Path folder = settings.kept().resolve("life-" + seed);
    life.keep(folder);
    progress.say("what is left of it is in " + folder);
    progress.say("to live it again: " + command(rounds, seed));
  }

  private String command(int rounds, long seed) {
    StringBuilder command = new StringBuilder("./faults/run");
    if (settings.each()) {
      command.append(" --each");
    } else {
      command.append(" --rounds ").append(rounds);
    }
    command.append(" --seed ").append(settings.each() ? settings.seed() : seed);
    command.append(" --store ").append(settings.store().id());
    if (settings.only().size() < Harm.values().length) {
      settings.only().forEach(harm -> command.append(" --only ").append(harm.id()));
    }
    return command.toString();
  }
}
