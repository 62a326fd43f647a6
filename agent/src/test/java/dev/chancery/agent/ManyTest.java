package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.enrollment.Answer;
import dev.chancery.agent.store.Disk;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many certificates at once, and settings that change.
final class ManyTest {
  @TempDir Path folder = Path.of("");

  private static AgentConfiguration configuration(Path folder, int count, String limits) {
    StringBuilder yaml =
        new StringBuilder(
            """
            state-folder: state
            limits: %s
            endpoints:
              ca: {url: 'https://ca.example', anchors-file: anchors.pem}
            certificates:
            """
                .formatted(limits));
    for (int i = 0; i < count; i++) {
      yaml.append(
          "  - {name: c%1$d, endpoint: ca, store: {folder: c%1$d}, credential: {id: x, secret-file: secret}}\n"
              .formatted(i));
    }
    return AgentConfiguration.parse(yaml.toString(), folder);
  }

  @Test
  void noMoreAreWorkedOnAtATimeThanTheLimitSays() {
    Machine machine = new Machine(folder);
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    machine
        .server()
        .answer((key, names) -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          three.countDown();
          await(three);
          now.decrementAndGet();
          return new Answer.Issued(machine.server().issue(key, names), List.of());
        });

    try (Agent agent =
        Agent.open(
            configuration(folder, 12, "{concurrent: 3, per-minute: 6000}"), machine.parts())) {
      List<CertificateStatus> all = agent.runOnce();

      assertThat(all).allSatisfy(one -> assertThat(one.phase()).isEqualTo(Phase.ENROLLED));
      assertThat(most).hasValue(3);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Test
  void aThousandInAMinuteAreOnlyLetThroughAsTheRateAllows() {
    Instant start = Instant.parse("2030-01-01T00:00:00Z");
    Rate rate = new Rate(60, start);
    int passed = 0;
    for (int milli = 0; milli < 60_000; milli += 10) {
      passed += rate.take(start.plusMillis(milli)) ? 1 : 0;
    }

    assertThat(passed).isBetween(60, 66);
    assertThat(rate.untilNext()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
  }

  @Test
  void aReloadTakesNewCertificatesAndForgetsOthers() {
    Machine machine = new Machine(folder);
    String limits = "{per-minute: 6000}";
    try (Agent agent = Agent.open(configuration(folder, 1, limits), machine.parts())) {
      agent.runOnce();

      agent.reload(configuration(folder, 3, limits));
      List<CertificateStatus> more = agent.runOnce();
      agent.reload(configuration(folder, 1, limits));

      assertThat(more)
          .hasSize(3)
          .allSatisfy(one -> assertThat(one.phase()).isEqualTo(Phase.ENROLLED));
      assertThat(agent.status()).hasSize(1);
      assertThat(machine.server().asked()).hasSize(3);
    }
  }

  @Test
  void theServiceWorksByItselfAndEndsWhenItIsClosed() throws Exception {
    Machine machine = new Machine(folder);
    CountDownLatch inUse = new CountDownLatch(1);
    Parts parts =
        new Parts(
            machine.clock(),
            new Random(1),
            new Disk(),
            endpoint -> machine.server(),
            (name, identity, anchors) -> inUse.countDown());

    try (Agent agent = Agent.open(machine.configuration(), parts)) {
      agent.start();

      assertThat(inUse.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(machine.found()).isPresent();
  }

  @Test
  void statusIsReadFromTheDiskWithoutAnAgent() {
    Machine machine = new Machine(folder);
    machine.once();

    var status = Agent.status(machine.configuration(), machine.clock());

    assertThat(status)
        .singleElement()
        .satisfies(one -> {
          assertThat(one.phase()).isEqualTo(Phase.ENROLLED);
          assertThat(one.certificate().orElseThrow().sha256())
              .isEqualTo(machine.certificate().sha256Hex());
        });
  }
}
