package dev.chancery.authority.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent.Action;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AuditEntryTest {
  private static final Instant AT = Instant.parse("2026-06-01T12:00:00.123Z");
  private static final AuditEvent EVENT =
      event("request", "operator", Map.of("credential", "shop-floor", "uses", "3"));

  @Test
  void aLinkIsIntact() {
    AuditEntry first = AuditEntry.link(1, EVENT, AuditEntry.GENESIS);
    AuditEntry second = AuditEntry.link(2, EVENT, first.hash());

    assertThat(first.isIntact()).isTrue();
    assertThat(second.isIntact()).isTrue();
    assertThat(second.hash()).isNotEqualTo(first.hash());
  }

  /// Fixed, since every stored chain depends on it.
  @Test
  void theHashStaysWhatItIs() {
    assertThat(AuditEntry.hash(1, EVENT, AuditEntry.GENESIS))
        .isEqualTo("509ff603d2cb536529a687de4839a4689ce852a0896df5ac5f87ae1e34611348");
  }

  @Test
  void anyChangeChangesTheHash() {
    AuditEntry entry = AuditEntry.link(7, EVENT, "ab".repeat(32));
    Map<String, String> details = EVENT.details();

    Set<String> hashes = new HashSet<>();
    for (AuditEntry changed :
        List.of(
            new AuditEntry(8, EVENT, entry.previousHash(), entry.hash()),
            new AuditEntry(7, EVENT, "ac".repeat(32), entry.hash()),
            with(entry, event("request2", "operator", details)),
            with(entry, event("request", "operator2", details)),
            with(entry, event("request", "operator", Map.of("credential", "shop-floor"))),
            with(
                entry,
                event("request", "operator", Map.of("credential", "shop-floor", "uses", "4"))),
            with(
                entry,
                event("request", "operator", Map.of("credential", "shop-floor", "use", "3"))),
            with(
                entry,
                new AuditEvent(
                    AT.plusMillis(1), Action.CREDENTIAL_CREATED, "request", "operator", details)),
            with(
                entry,
                new AuditEvent(AT, Action.CREDENTIAL_REVOKED, "request", "operator", details)))) {
      assertThat(changed.isIntact()).as(changed.toString()).isFalse();
      hashes.add(AuditEntry.hash(changed.sequence(), changed.event(), changed.previousHash()));
    }

    assertThat(hashes).hasSize(9).doesNotContain(entry.hash());
  }

  static IntStream seeds() {
    return IntStream.range(0, 500);
  }

  /// Text moved from one field into its neighbour must show.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void fieldsCannotBeShifted(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String text = "abcdefghijklmnop".substring(0, 4 + random.nextInt(12));
    int[] cuts = cuts(random, text.length());
    int[] otherCuts = cuts(random, text.length());
    AuditEvent one = divided(text, cuts);
    AuditEvent other = divided(text, otherCuts);

    boolean sameHash =
        AuditEntry.hash(1, one, AuditEntry.GENESIS)
            .equals(AuditEntry.hash(1, other, AuditEntry.GENESIS));

    assertThat(sameHash).isEqualTo(one.equals(other));
  }

  @Test
  void timesAreCutToMilliseconds() {
    AuditEvent event =
        new AuditEvent(AT.plusNanos(999), Action.SERVER_STARTED, "", "server", Map.of());

    assertThat(event.at()).isEqualTo(AT);
  }

  @Test
  void theOrderInWhichDetailsWereGivenDoesNotCount() {
    TreeMap<String, String> backwards = new TreeMap<>(java.util.Comparator.reverseOrder());
    backwards.putAll(EVENT.details());

    assertThat(AuditEntry.hash(1, event("request", "operator", backwards), AuditEntry.GENESIS))
        .isEqualTo(AuditEntry.hash(1, EVENT, AuditEntry.GENESIS));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Action.class)
  void anActionIsFoundByItsName(Action action) {
    assertThat(Action.find(action.id())).contains(action);
  }

  @Test
  void anEntryOfANewerVersionIsIntactAsLongAsNobodyEditsIt() {
    AuditEvent newer = AuditEvent.stored(AT, "moon-eclipsed", "", "server", Map.of("by", "earth"));
    AuditEntry entry = AuditEntry.link(1, newer, AuditEntry.GENESIS);
    AuditEvent edited = AuditEvent.stored(AT, "moon-rose", "", "server", Map.of("by", "earth"));

    assertThat(newer.action()).isEqualTo(Action.UNKNOWN);
    assertThat(entry.isIntact()).isTrue();
    assertThat(new AuditEntry(1, edited, AuditEntry.GENESIS, entry.hash()).isIntact()).isFalse();
  }

  private static AuditEvent divided(String text, int[] cuts) {
    return event(
        text.substring(0, cuts[0]),
        text.substring(cuts[0], cuts[1]),
        Map.of(text.substring(cuts[1], cuts[2]), text.substring(cuts[2])));
  }

  private static int[] cuts(SplittableRandom random, int length) {
    return random.ints(3, 0, length + 1).sorted().toArray();
  }

  private static AuditEntry with(AuditEntry entry, AuditEvent event) {
    return new AuditEntry(entry.sequence(), event, entry.previousHash(), entry.hash());
  }

  private static AuditEvent event(String requestId, String actor, Map<String, String> details) {
    return new AuditEvent(AT, Action.CREDENTIAL_CREATED, requestId, actor, details);
  }
}
