package dev.chancery.authority.rollover;

import dev.chancery.authority.RefusedException;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.authority.rollover.Rollover.Manner;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the steps of [Rollover] when it is time for them, so that no certificate is ever cut short
/// by the end of its issuer. Several nodes make no keys by themselves, since each would make its
/// own: there an operator is asked to. Thread-safe.
public final class AutomaticRollover {
  private static final Logger LOG = LoggerFactory.getLogger(AutomaticRollover.class);

  /// A retiring generation's CRL is published for as long after the end of its last certificate.
  private static final Duration AFTER_LAST = Duration.ofDays(31);

  private static final Duration LEASE = Duration.ofMinutes(2);
  private static final Duration SAME_COMPLAINT = Duration.ofHours(1);

  private final Rollover rollover;
  private final Issuers issuers;
  private final Ledger ledger;
  private final Supplier<Duration> longestValidity;
  private final Clock clock;

  /// The end of the last certificate of a retiring generation, which does not change any more.
  private final Map<String, Instant> lastExpiry = new ConcurrentHashMap<>();

  private final Map<String, Instant> complaints = new ConcurrentHashMap<>();
  private volatile Map<String, RolloverSettings> settings;

  /// @param longestValidity that a profile gives
  public AutomaticRollover(
      Rollover rollover,
      Issuers issuers,
      Ledger ledger,
      Map<String, RolloverSettings> settings,
      Supplier<Duration> longestValidity,
      Clock clock) {
    this.rollover = rollover;
    this.issuers = issuers;
    this.ledger = ledger;
    this.settings = Map.copyOf(settings);
    this.longestValidity = longestValidity;
    this.clock = clock;
  }

  /// Takes over reloaded settings.
  public void use(Map<String, RolloverSettings> reloaded) {
    settings = Map.copyOf(reloaded);
  }

  /// When the active generation of `issuer` has to be followed by another one: when what is left of
  /// its certificate is as long as the longest certificate that a profile gives, though not before
  /// half of its life.
  public Instant due(String issuer) {
    Generation active = issuers.active(issuer);
    Instant begin = active.certificate().notBefore();
    Instant end = active.certificate().notAfter();
    Instant half = begin.plus(Duration.between(begin, end).dividedBy(2));
    Instant latest = end.minus(longestValidity.get());
    return latest.isBefore(half) ? half : latest;
  }

  /// Whether `issuer` is followed without an operator.
  public boolean isAutomatic(String issuer) {
    RolloverSettings own = settings.get(issuer);
    return own != null && own.automatic();
  }

  /// What is to be done every minute.
  public void takeTurn() {
    issuers.refresh();
    rollover.reportKeys();
    for (Generation one : issuers.withoutKey()) {
      complain(one.id(), "the key of a generation is missing", Rollover.copyHint(one));
    }
    if (!ledger.takesLease("rollover", clock.instant(), LEASE)) {
      return;
    }
    settings.forEach((issuer, own) -> {
      if (own.automatic() && issuers.names().contains(issuer)) {
        try {
          retireWhatIsOver(issuer);
          follow(issuer, own);
        } catch (RefusedException e) {
          complain(issuer, "a rollover cannot go on by itself", e.refusal().sentence());
        }
      }
    });
  }

  private void follow(String issuer, RolloverSettings own) {
    Instant now = clock.instant();
    Instant due = due(issuer);
    if (now.isBefore(due.minus(own.announce()))) {
      return;
    }
    Optional<Generation> following = issuers.generations(issuer).followingAt(now);
    if (following.isEmpty()) {
      if (rollover.manyNodes()) {
        complain(
            issuer,
            "an issuer needs a next generation before " + due,
            "on one node: chancery ca prepare "
                + issuer
                + "; then copy the key files to the others");
        return;
      }
      following = rollover.prepare(issuer, issuers.rootEndsBeforeNext(issuer), Manner.automatic());
      LOG.atInfo().addKeyValue("issuer", issuer).log("next generation prepared");
    }
    Generation next = following.orElseThrow();
    if (next.announcedFrom().isEmpty()) {
      next = rollover.announce(issuer, Optional.empty(), Manner.automatic());
      LOG.atInfo().addKeyValue("generation", next.id()).log("next generation announced");
    }
    if (next.activeFrom().isEmpty()
        && issuers.generations(issuer).stateAt(next, clock.instant()) == State.ANNOUNCED) {
      Generation active =
          rollover.activate(issuer, Optional.of(switchOver(issuer, next, own)), Manner.automatic());
      LOG.atInfo()
          .addKeyValue("generation", active.id())
          .addKeyValue("at", active.activeFrom().orElseThrow())
          .log("next generation will sign");
    }
  }

  /// As long after the announcement as is configured, but while the old generation is still valid.
  private Instant switchOver(String issuer, Generation next, RolloverSettings own) {
    Instant wanted = next.announcedFrom().orElseThrow().plus(own.announce());
    Instant latest = issuers.active(issuer).certificate().notAfter().minus(Duration.ofDays(1));
    Instant earliest = clock.instant().plus(Rollover.AHEAD_OF_NODES);
    Instant at = wanted.isAfter(latest) ? latest : wanted;
    return at.isBefore(earliest) ? earliest : at;
  }

  private void retireWhatIsOver(String issuer) {
    Instant now = clock.instant();
    for (Generation one : issuers.generations(issuer).in(Set.of(State.RETIRING), now)) {
      Instant last =
          lastExpiry.computeIfAbsent(one.id(), id -> ledger.lastExpiry(id).orElse(Instant.EPOCH));
      if (now.isAfter(last.plus(AFTER_LAST))) {
        Generation over = rollover.retire(issuer, one.number(), Manner.automatic());
        LOG.atInfo().addKeyValue("generation", over.id()).log("generation retired");
      }
    }
  }

  private void complain(String about, String what, String hint) {
    Instant now = clock.instant();
    Instant last = complaints.get(about + what);
    if (last == null || !now.isBefore(last.plus(SAME_COMPLAINT))) {
      complaints.put(about + what, now);
      LOG.atError().addKeyValue("about", about).addKeyValue("hint", hint).log(what);
    }
  }
}
