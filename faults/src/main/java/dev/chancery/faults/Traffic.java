package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.lab.LabException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/// Devices that want certificates from several nodes, and do not care which: what one node does not
/// answer they ask of the next, with the same bytes, until they know.
final class Traffic {
  private static final int AT_THE_SAME_TIME = 8;

  /// One device in so many asks two nodes at the same moment.
  private static final int TWINS = 3;

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration BEFORE_THE_NEXT_TRY = Duration.ofMillis(100);

  private final Books books = new Books();
  private final RandomGenerator random;
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

  // What the chapter will tell.
  private final AtomicInteger unavailable = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger again = new AtomicInteger();
  private final AtomicLong slowest = new AtomicLong();
  private final AtomicLong gap = new AtomicLong();
  private final AtomicLong lastAnswer = new AtomicLong();
  private final Semaphore certificates = new Semaphore(0);
  private int toldOf;

  Traffic(long seed) {
    this.random = new SplittableRandom(seed);
  }

  Books books() {
    return books;
  }

  /// What has been found to be wrong so far.
  List<String> violations() {
    return List.copyOf(violations);
  }

  /// Devices of every kind come, and come again at another node.
  ///
  /// @param nodes those that serve; an operator works at each
  void pass(List<Node> nodes) {
    List<Attempt> fresh = prepare(nodes);
    send(fresh, nodes);
    askElsewhere(fresh, nodes);
    decide(nodes);
  }

  /// Has the operators make what devices need for a [#send].
  List<Attempt> prepare(List<Node> nodes) {
    Node operated = nodes.get(random.nextInt(nodes.size()));
    return books.open(Plan.draw(Harm.STOP, random, true), operated, random);
  }

  /// Lets devices ask until they know.
  void send(List<Attempt> attempts, List<Node> nodes) {
    lastAnswer.set(System.nanoTime());
    try (ExecutorService devices =
        Executors.newFixedThreadPool(AT_THE_SAME_TIME, Thread.ofVirtual().factory())) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < attempts.size(); i++) {
        int first = i;
        Attempt attempt = attempts.get(i);
        all.add(devices.submit(() -> ask(attempt, nodes, first)));
        if (i % TWINS == 0) {
          all.add(devices.submit(() -> ask(attempt, nodes, first + 1)));
        }
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new LabException("a device could not ask: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
    for (Attempt attempt : attempts) {
      if (!attempt.isSettled()) {
        violations.add(attempt.requester() + " got " + attempt.sent().getLast() + " in the end");
      }
    }
  }

  /// Waits until devices have got so many certificates in this chapter.
  void awaitCertificates(int count) {
    try {
      if (!certificates.tryAcquire(count, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new Violation("devices do not get " + count + " certificates");
      }
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  private void ask(Attempt attempt, List<Node> nodes, int first) {
    long begun = System.nanoTime();
    for (int i = first; System.nanoTime() - begun < PATIENCE.toNanos(); i++) {
      Node node = nodes.get(i % nodes.size());
      Sent sent =
          node.isAlive()
              ? attempt.send(node.ports().tls(), Manner.WHOLE)
              : new Sent.Lost("nobody listens");
      switch (sent) {
        case Sent.Acknowledged _ -> {
          long now = System.nanoTime();
          certificates.release();
          slowest.accumulateAndGet(now - begun, Math::max);
          gap.accumulateAndGet(now - lastAnswer.getAndSet(now), Math::max);
          return;
        }
        case Sent.Pending _ -> {
          return;
        }
        case Sent.Refused(int status, String why) -> {
          boolean expected =
              status == 403
                  && (attempt.kind() == Attempt.Kind.SHARED
                      || attempt.kind() == Attempt.Kind.SERVER_KEY);
          if (!expected) {
            violations.add("refused with " + status + ": " + attempt.requester() + ": " + why);
          }
          return;
        }
        case Sent.Unavailable _ -> unavailable.incrementAndGet();
        case Sent.Lost _ -> lost.incrementAndGet();
      }
      LockSupport.parkNanos(BEFORE_THE_NEXT_TRY.toNanos());
    }
  }

  /// Whoever has a certificate gets it again, from whichever node.
  private void askElsewhere(List<Attempt> attempts, List<Node> nodes) {
    for (int i = 0; i < attempts.size(); i++) {
      Attempt attempt = attempts.get(i);
      if (attempt.kind() != Attempt.Kind.SERVER_KEY && !attempt.certificates().isEmpty()) {
        Certificate had = attempt.certificates().getFirst();
        ask(attempt, nodes, i + 1);
        if (attempt.sent().getLast() instanceof Sent.Acknowledged(Certificate same)
            && same.equals(had)) {
          again.incrementAndGet();
        } else {
          violations.add(attempt.requester() + " asked again and got " + attempt.sent().getLast());
        }
      }
    }
  }

  /// A request waits at one node, is approved at the next, and yields its certificate at both.
  private void decide(List<Node> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      Node asked = nodes.get(i);
      Node other = nodes.get((i + 1) % nodes.size());
      Attempt attempt = books.watched(other);
      ask(attempt, List.of(asked), 0);
      if (!(attempt.sent().getLast() instanceof Sent.Pending)) {
        violations.add(attempt.requester() + " did not wait: " + attempt.sent().getLast());
        continue;
      }
      ask(attempt, List.of(other), 0);
      approveAll(other);
      send(List.of(attempt), List.of(asked));
      askElsewhere(List.of(attempt), List.of(asked, other));
    }
  }

  private static void approveAll(Node node) {
    for (JsonNode waiting : node.command("request.list", Json.object()).path("requests")) {
      var _ =
          node.command(
              "request.approve", Json.object().put("ticket", waiting.path("ticket").asText()));
    }
  }

  /// Ends a chapter.
  Chapter chapter(String name) {
    List<Attempt> fresh = books.attempts().subList(toldOf, books.attempts().size());
    toldOf = books.attempts().size();
    var _ = certificates.drainPermits();
    return new Chapter(
        name,
        fresh.size(),
        (int) fresh.stream().filter(attempt -> !attempt.certificates().isEmpty()).count(),
        unavailable.getAndSet(0),
        lost.getAndSet(0),
        again.getAndSet(0),
        Duration.ofNanos(slowest.getAndSet(0)).toMillis(),
        Duration.ofNanos(gap.getAndSet(0)).toMillis());
  }
}
