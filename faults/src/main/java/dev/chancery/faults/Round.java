package dev.chancery.faults;

import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.pki.certificate.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// One round: devices enrol, harm is done, the server comes back, every device that does not know
/// asks again, and everything is compared.
final class Round {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration DEATH = Duration.ofSeconds(5);
  private static final int PASSES = 4;
  private static final int RETRYING = 8;
  private static final int CUTS = 5;
  private static final int KILLED = 128 + 9;

  private final Life life;
  private final Plan plan;
  private final RandomGenerator random;
  private final List<String> violations = new ArrayList<>();
  private List<Attempt> attempts = List.of();
  private boolean struck = true;
  private String where = "";

  private Round(Life life, Plan plan) {
    this.life = life;
    this.plan = plan;
    this.random = new SplittableRandom(plan.mannersSeed());
  }

  /// Carries out a round. The life's nodes run before and after, unless a violation was found.
  static RoundResult run(Life life, Plan plan, long seed, int number) {
    long begun = System.nanoTime();
    Round round = new Round(life, plan);
    int acknowledged = 0;
    int inDoubt = 0;
    long stored = 0;
    try {
      if (number == 1) {
        round.begin();
      }
      round.attempts = life.books().open(plan, round.victim(), round.random);
      round.harm();
      life.recover();
      List<Attempt> unknowing =
          round.attempts.stream()
              .filter(attempt -> attempt.certificates().isEmpty() && attempt.isInDoubt())
              .toList();
      acknowledged =
          (int) round.attempts.stream().filter(one -> !one.certificates().isEmpty()).count();
      inDoubt = unknowing.size();
      stored = Proof.stored(round.victim(), unknowing);
      round.askAgain();
      round.lookAtRefusals();
      for (int i = 0; i < life.size(); i++) {
        round.violations.addAll(Proof.of(life.node(i), life.books()));
      }
    } catch (Violation e) {
      round.violations.add(e.what());
    }
    Life.Starts starts = life.takeStarts();
    return new RoundResult(
        seed,
        number,
        plan.harm(),
        round.where,
        round.struck,
        starts.count(),
        starts.slowestMillis(),
        round.attempts.size(),
        acknowledged,
        inDoubt,
        stored,
        Duration.ofNanos(System.nanoTime() - begun).toMillis(),
        List.copyOf(round.violations));
  }

  private Node victim() {
    return life.node(victimNumber());
  }

  private int victimNumber() {
    return Math.floorMod(plan.mannersSeed(), life.size());
  }

  /// With more nodes, each gets fewer of the requests.
  private int count() {
    return Math.max(1, plan.count() / life.size());
  }

  /// Starts the servers for the first time, against resistance if that is the harm.
  private void begin() {
    life.begin(node -> {
      if (plan.harm() == Harm.KILL_AT_FIRST_START) {
        killStarts(node);
      }
    });
  }

  private void killStarts(int node) {
    for (int millis : plan.startMillis()) {
      try (Node starting = life.launch(node)) {
        var _ = starting.endsWithin(Duration.ofMillis(millis));
      }
    }
  }

  private Load start() {
    return start(EnumSet.of(Manner.WHOLE));
  }

  private Load start(Set<Manner> manners) {
    List<Manner> choice = List.copyOf(manners);
    List<Load.Order> orders = new ArrayList<>();
    for (Attempt attempt : attempts) {
      orders.add(new Load.Order(attempt, choice.get(random.nextInt(choice.size()))));
    }
    for (int i = 0; i < plan.twins(); i++) {
      int beside = random.nextInt(orders.size());
      orders.add(beside, orders.get(beside));
    }
    return Load.start(orders, number -> life.node(number % life.size()), plan.concurrency());
  }

  private void harm() {
    switch (plan.harm()) {
      case KILL_AT_POINT -> killAtPoint();
      case KILL_AT_MOMENT -> killAtMoment();
      case KILL_AT_START -> {
        killAtMoment();
        killStarts(victimNumber());
      }
      case KILL_AT_FIRST_START -> start().await();
      case KILL_AT_STOP -> killAtStop();
      case STOP -> stop();
      case POWER_CUT -> cutPower();
      case DISK_FULL -> fillDisk();
      case DISK_READ_ONLY -> failDisk();
      case DISK_HANGS -> hangDisk();
      case CONNECTIONS_CUT -> start(EnumSet.allOf(Manner.class)).await();
      case PAUSE -> pause();
      case CLOCK_SET_BACK -> setClockBack();
      case CONTENTION -> contend();
      case DATABASE_RESTARTS -> restartDatabase();
      case DATABASE_CUTS -> cutDatabase();
    }
  }

  private void killAtPoint() {
    where = plan.point().name();
    victim().arm(plan.point(), count(), "kill");
    Load load = start();
    load.await();
    struck = attempts.stream().anyMatch(Attempt::isInDoubt) && victim().endsWithin(DEATH);
    victim().kill();
    othersWorkOn();
  }

  private void killAtMoment() {
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    victim().kill();
    othersWorkOn();
    load.await();
  }

  private void killAtStop() {
    where = FaultPoint.CHECKPOINT_STORED.name();
    victim().arm(FaultPoint.CHECKPOINT_STORED, 1, "kill");
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    victim().signal("TERM");
    load.await();
    struck = victim().endsWithin(PATIENCE) && victim().exitCode() == KILLED;
    victim().kill();
  }

  private void stop() {
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    victim().signal("TERM");
    load.await();
    if (!victim().endsWithin(PATIENCE)) {
      throw new Violation("the server does not stop:\n" + victim().tail());
    }
    if (victim().exitCode() != 0) {
      violations.add("the server stopped with " + victim().exitCode() + ":\n" + victim().tail());
    }
  }

  private void cutPower() {
    where = plan.point().name();
    Node victim = victim();
    victim.arm(plan.point(), count(), "stop");
    Load load = start();
    while (!victim.isStopped() && !load.isDone()) {
      var _ = victim.endsWithin(Duration.ofMillis(1));
    }
    struck = victim.isStopped();
    if (!struck) {
      victim.stop();
    }
    life.disk().photograph();
    victim.kill();
    load.await();
    life.disk().loseWhatWasNotSynced();
  }

  private void fillDisk() {
    life.disk().fill(plan.bytesLeft());
    start().await();
    struck = attempts.stream().anyMatch(Attempt::isInDoubt);
    if (struck && victim().status("/readyz") != 503) {
      violations.add("with a full disk, /readyz says " + victim().status("/readyz"));
    }
    if (plan.again()) {
      victim().kill();
      try (Node starting = life.launch(victimNumber())) {
        // It may start or give up, but not hang.
        starting.awaitReadyOrEnd();
      }
    }
    life.disk().empty();
  }

  private void failDisk() {
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    // Standing still: while ext4 gives its journal up, it tells who syncs that all is well, and has
    // lost what was synced.
    victim().stop();
    life.disk().fail();
    victim().signal("CONT");
    load.await();
    // On this disk nothing can be acknowledged any more: not even what is there already, since that
    // has to be audited too.
    Attempt late = attempts.getFirst();
    if (late.send(victim().ports().tls(), Manner.WHOLE) instanceof Sent.Acknowledged) {
      violations.add("acknowledged with a read-only disk: " + late.requester());
    }
    if (victim().status("/readyz") != 503 || victim().status("/healthz") != 200) {
      violations.add("with a read-only disk, the server is ready, or not alive");
    }
    if (plan.again()) {
      victim().signal("TERM");
      if (!victim().endsWithin(PATIENCE)) {
        violations.add("with a read-only disk, the server does not stop");
      }
    }
    victim().kill();
    life.disk().repair();
  }

  private void hangDisk() {
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    life.disk().hang();
    var _ = victim().endsWithin(plan.length());
    life.disk().goOn();
    load.await();
  }

  private void pause() {
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    victim().stop();
    othersWorkOn();
    var _ = victim().endsWithin(plan.length());
    victim().signal("CONT");
    load.await();
  }

  /// Whatever the victim held when it was stopped, a new device gets its certificate elsewhere.
  private void othersWorkOn() {
    for (int i = 0; i < life.size(); i++) {
      if (i != victimNumber()) {
        Node other = life.node(i);
        Sent sent = life.books().one(other).send(other.ports().tls(), Manner.WHOLE);
        if (!(sent instanceof Sent.Acknowledged)) {
          violations.add("while its neighbour is gone, node " + i + " does not serve: " + sent);
        }
      }
    }
  }

  private void setClockBack() {
    life.setClock(victimNumber(), plan.back());
    start().await();
    if (plan.again()) {
      victim().kill();
      life.recover();
    }
    life.setClock(victimNumber(), Duration.ZERO);
  }

  private void restartDatabase() {
    PostgresCluster cluster = life.database().cluster();
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    struck = !load.isDone();
    cluster.crash();
    var _ = victim().endsWithin(plan.length());
    for (int i = 0; i < life.size(); i++) {
      if (life.node(i).status("/readyz") != 503 || life.node(i).status("/healthz") != 200) {
        violations.add("without its database, node " + i + " is ready, or not alive");
      }
    }
    if (plan.again()) {
      victim().kill();
      try (Node starting = life.launch(victimNumber())) {
        // It may start or give up, but not hang.
        starting.awaitReadyOrEnd();
      }
    }
    cluster.up();
    load.await();
    life.awaitHealed();
  }

  private void cutDatabase() {
    Ground.Database database = life.database();
    Load load = start();
    load.awaitAnswers(plan.afterAnswers());
    struck = !load.isDone();
    for (int i = 0; i < CUTS && !load.isDone(); i++) {
      database.cluster().cutConnections(database.name());
    }
    load.await();
    life.awaitHealed();
  }

  private void contend() {
    start().await();
    List<Certificate> won =
        attempts.stream()
            .filter(attempt -> attempt.kind() == Attempt.Kind.SHARED)
            .flatMap(attempt -> attempt.certificates().stream().distinct())
            .toList();
    if (won.size() != plan.uses()) {
      violations.add(plan.uses() + " uses of one credential gave " + won.size() + " certificates");
    }
  }

  /// Devices are refused for what they do, never for what the harm did to the server. A clock that
  /// is wrong may well be a reason.
  private void lookAtRefusals() {
    for (Attempt attempt : attempts) {
      for (Sent sent : attempt.sent()) {
        if (sent instanceof Sent.Refused(int status, String why)) {
          boolean expected =
              plan.harm() == Harm.CLOCK_SET_BACK
                  || (status == 403
                      && (attempt.kind() == Attempt.Kind.SHARED
                          || attempt.kind() == Attempt.Kind.SERVER_KEY));
          if (!expected || status >= 500) {
            violations.add("refused with " + status + ": " + attempt.requester() + ": " + why);
          }
        }
      }
    }
  }

  /// Devices ask until they know. Every device asks at least once after the harm.
  private void askAgain() {
    for (int pass = 0; pass < PASSES; pass++) {
      boolean first = pass == 0;
      List<Load.Order> orders =
          attempts.stream()
              .filter(attempt -> first ? attempt.certificates().isEmpty() : !attempt.isSettled())
              .map(attempt -> new Load.Order(attempt, Manner.WHOLE))
              .toList();
      Load.start(orders, number -> life.node(number % life.size()), RETRYING).await();
    }
    for (Attempt attempt : attempts) {
      if (!attempt.isSettled()) {
        violations.add(
            "after the harm, " + attempt.requester() + " still gets " + attempt.sent().getLast());
      }
    }
  }
}
