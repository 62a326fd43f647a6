package dev.chancery.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chancery.lab.PostgresPrograms;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each harm once, to real servers. `./faults/run` does the same many times over.
class ShortRunTest {
  private static final long SEED = 7;

  @TempDir Path folder;

  @Test
  void whateverIsDoneToAServerNothingIsLostAndNothingDoubled() {
    Findings findings =
        Run.of(
            new Settings(
                1, SEED, Store.SQLITE, 2, EnumSet.allOf(Harm.class), true, folder.resolve("kept")),
            System.err);

    Set<Harm> done = findings.rounds().stream().map(RoundResult::harm).collect(Collectors.toSet());
    assertThat(findings.violations()).isEmpty();
    assertThat(findings.rounds())
        .allSatisfy(round -> assertThat(round.violations()).as(round.harm().id()).isEmpty());
    assertThat(findings.rounds()).anyMatch(round -> round.inDoubt() > 0);
    assertThat(done).containsAll(Means.here(Store.SQLITE, folder).harms());
  }

  @Test
  void twoNodesOnPostgresqlLoseNothingEither() {
    assumeTrue(PostgresPrograms.installed().isPresent(), "PostgreSQL is not installed");
    Set<Harm> harms =
        EnumSet.of(
            Harm.KILL_AT_POINT,
            Harm.PAUSE,
            Harm.CONNECTIONS_CUT,
            Harm.CONTENTION,
            Harm.DATABASE_RESTARTS);

    Findings findings =
        Run.of(
            new Settings(1, SEED, Store.POSTGRESQL, 1, harms, true, folder.resolve("kept")),
            System.err);

    assertThat(Store.POSTGRESQL.nodes(SEED)).isEqualTo(2);
    assertThat(findings.violations()).isEmpty();
    assertThat(findings.rounds())
        .allSatisfy(round -> assertThat(round.violations()).as(round.harm().id()).isEmpty())
        .allSatisfy(round -> assertThat(round.struck()).as(round.harm().id()).isTrue())
        .extracting(RoundResult::harm)
        .containsExactlyInAnyOrderElementsOf(harms);
  }
}
