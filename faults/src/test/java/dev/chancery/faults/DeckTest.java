package dev.chancery.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a seed decides.
class DeckTest {
  private static final Set<Harm> ALL = EnumSet.allOf(Harm.class);

  @Test
  void theSameSeedDealsTheSameLife() {
    assertThat(Deck.deal(4711, 12, ALL, false)).isEqualTo(Deck.deal(4711, 12, ALL, false));
    assertThat(Deck.deal(4711, 12, ALL, false)).isNotEqualTo(Deck.deal(4712, 12, ALL, false));
  }

  @Test
  void aLifeThatEndsEarlierBeginsTheSame() {
    // Which is how a failed round is repeated.
    List<Plan> whole = Deck.deal(99, 12, ALL, false);

    assertThat(Deck.deal(99, 5, ALL, false)).isEqualTo(whole.subList(0, 5));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void thereIsOneFirstStartInALifeAndItComesFirst(long seed) {
    List<Harm> harms = Deck.deal(seed, 12, ALL, false).stream().map(Plan::harm).toList();

    assertThat(harms.subList(1, harms.size())).doesNotContain(Harm.KILL_AT_FIRST_START);
  }

  @Test
  void manyLivesMeetEveryHarmAndEveryFaultPointOfAnIssuance() {
    Set<String> met =
        java.util.stream.LongStream.range(0, 40)
            .mapToObj(seed -> Deck.deal(seed, Settings.ROUNDS_PER_LIFE, ALL, false))
            .flatMap(List::stream)
            .map(plan ->
                plan.harm() == Harm.KILL_AT_POINT
                    ? plan.harm() + " " + plan.point()
                    : plan.harm().toString())
            .collect(Collectors.toSet());

    // Nine points of an issuance, and fifteen harms that strike elsewhere.
    assertThat(met).hasSize(9 + Harm.values().length - 1);
  }
}
