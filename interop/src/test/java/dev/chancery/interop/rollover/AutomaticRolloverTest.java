package dev.chancery.interop.rollover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.rollover.Generation;
import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.authority.rollover.Generations;
import dev.chancery.interop.Installation;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that nobody looks after, for some years.
class AutomaticRolloverTest {
  private static final String YEARS =
      """
      issuers:
        issuing:
          validity: 800d
          root-validity: 1900d
          rollover: {announce: 20d, overlap: 10d}
      """;

  private static State state(Installation chancery, int number) {
    Generations all = generations(chancery);
    return all.stateAt(all.all().get(number - 1), chancery.clock().instant());
  }

  private static Generations generations(Installation chancery) {
    return chancery.services().issuers().generations("issuing");
  }

  @Test
  void itRollsOverInTimeForWholeCertificatesAndTakesANewRootWhenTheOldOneIsTooShort(
      @TempDir Path folder) {
    SettableClock clock = new SettableClock();
    try (Installation chancery = Installation.start(folder, YEARS, clock)) {
      Instant begin = clock.instant();
      Duration longest =
          chancery.services().authority().profiles().byName().values().stream()
              .map(dev.chancery.authority.profile.Profile::validity)
              .max(Duration::compareTo)
              .orElseThrow();
      Instant due = chancery.services().automaticRollover().due("issuing");
      assertThat(due).isBeforeOrEqualTo(begin.plus(Duration.ofDays(800)).minus(longest));

      Steps.later(chancery, Duration.between(begin, due).minus(Duration.ofDays(21)));
      assertThat(generations(chancery).all()).hasSize(1);

      Steps.later(chancery, Duration.ofDays(2));
      assertThat(state(chancery, 2)).isEqualTo(State.ANNOUNCED);
      Generation second = generations(chancery).all().get(1);
      assertThat(second.bringsRoot()).isFalse();
      assertThat(second.activeFrom())
          .contains(second.announcedFrom().get().plus(Duration.ofDays(20)));
      assertThat(chancery.services().issuers().active("issuing").number()).isEqualTo(1);

      Steps.later(chancery, Duration.ofDays(21));
      assertThat(state(chancery, 2)).isEqualTo(State.ACTIVE);
      Wire.Identity device = chancery.device("CN=device-1");
      assertThat(device.chain().getFirst().isSignedBy(second.certificate())).isTrue();

      years(chancery, 4 * 365);
      List<Generation> all = generations(chancery).all();
      assertThat(all).hasSizeGreaterThan(3);
      assertThat(all).anyMatch(Generation::bringsRoot);
      assertThat(state(chancery, 1)).isEqualTo(State.RETIRED);
      assertThat(state(chancery, 2)).isEqualTo(State.RETIRED);
      assertThat(chancery.server().root()).isNotEqualTo(all.getFirst().root());
    }
  }

  /// Day by day; whatever is issued on any of them lives as long as its profile says.
  private static void years(Installation chancery, int days) {
    for (int day = 0; day < days; day += 5) {
      Steps.later(chancery, Duration.ofDays(5));
      if (day % 50 == 0) {
        Certificate leaf = chancery.device("CN=device-" + day).chain().getFirst();
        Duration lifetime = chancery.services().authority().profiles().get("device").validity();
        assertThat(Duration.between(chancery.clock().instant(), leaf.notAfter()))
            .isGreaterThan(lifetime.minusMinutes(5));
        assertThat(leaf.notAfter())
            .isBeforeOrEqualTo(
                chancery.services().issuers().active("issuing").certificate().notAfter());
      }
    }
  }

  @Test
  void anOperatorWhoWantsToDoItAloneIsLetAlone(@TempDir Path folder) {
    try (Installation chancery =
        Installation.start(
            folder,
            """
            issuers:
              issuing: {validity: 400d, rollover: {steps: manual}}
            """)) {
      Steps.later(chancery, Duration.ofDays(390));

      assertThat(generations(chancery).all()).hasSize(1);
    }
  }
}
