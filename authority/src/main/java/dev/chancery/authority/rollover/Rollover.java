package dev.chancery.authority.rollover;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.authority.rollover.Generation.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leads issuers from one generation to the next: prepared, announced, active, retiring, retired.
/// Every step is a date in the ledger, with an audit entry in the same transaction. Thread-safe.
public final class Rollover {
  private static final Logger LOG = LoggerFactory.getLogger(Rollover.class);

  /// Nodes read the dates once a minute; what is dated this far ahead, all know in time.
  static final Duration AHEAD_OF_NODES = Duration.ofMinutes(5);

  private final Ledger ledger;
  private final Issuers issuers;
  private final boolean manyNodes;
  private final Clock clock;

  /// Two at a time would write the same files.
  private final ReentrantLock preparing = new ReentrantLock();

  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /// @param manyNodes whether others work on the ledger too
  public Rollover(Ledger ledger, Issuers issuers, boolean manyNodes, Clock clock) {
    this.ledger = ledger;
    this.issuers = issuers;
    this.manyNodes = manyNodes;
    this.clock = clock;
  }

  /// Whether others work on the ledger too, so that key files have to be copied by hand.
  public boolean manyNodes() {
    return manyNodes;
  }

  /// How a step is taken.
  ///
  /// @param dryRun finds out whether it can be taken, and does not take it
  /// @param force takes it although something would suffer
  /// @param actor for the audit
  public record Manner(boolean dryRun, boolean force, String actor) {
    /// As the server itself does it.
    static Manner automatic() {
      return new Manner(false, false, "server");
    }
  }

  /// Makes the ledger know the first generations that opened here, and takes all from there from
  /// now on. Data folders of before there were generations go on with their first.
  ///
  /// @throws IllegalStateException if a first generation there is another one than here
  public void begin() {
    Set<String> known = ConcurrentHashMap.newKeySet();
    ledger.generations().stream().map(Generation::id).forEach(known::add);
    for (String issuer : issuers.names()) {
      if (!known.contains(issuer)) {
        Generation first = issuers.active(issuer);
        Map<String, String> details = details(first);
        AuditEvent event =
            issuers.created().contains(issuer)
                ? new AuditEvent(clock.instant(), Action.ISSUER_CREATED, "", "server", details)
                : new AuditEvent(
                    clock.instant(), Action.GENERATION_PREPARED, "", "server", details);
        if (ledger.commit(Transaction.of(event, new Change.AddGeneration(first)))
            instanceof CommitResult.Conflicted) {
          // Another node was faster; follow() compares.
          LOG.atInfo().addKeyValue("generation", first.id()).log("known to the ledger already");
        }
      }
    }
    issuers.follow(ledger);
  }

  /// Makes the keys of the next generation on this server.
  ///
  /// @param newRoot whether the root changes too
  /// @return empty if `manner` is a dry run
  /// @throws RefusedException if that cannot be
  public Optional<Generation> prepare(String issuer, boolean newRoot, Manner manner) {
    preparing.lock();
    try {
      return prepareAlone(issuer, newRoot, manner);
    } finally {
      preparing.unlock();
    }
  }

  private Optional<Generation> prepareAlone(String issuer, boolean newRoot, Manner manner) {
    // Not refresh(), which goes on with old knowledge: files that somebody relies upon would go.
    issuers.follow(ledger);
    issuers
        .generations(issuer)
        .followingAt(clock.instant())
        .ifPresent(following -> {
          throw refused(
              following.id() + " is there already and is to follow",
              "go on with it, or withdraw it: chancery ca retire "
                  + issuer
                  + " --generation "
                  + following.number());
        });
    if (manner.dryRun()) {
      return Optional.empty();
    }
    Generation made;
    try {
      made = issuers.prepare(issuer, newRoot);
    } catch (IllegalStateException e) {
      throw refused(
          String.valueOf(e.getMessage()),
          "put the root's key file back for the time of this command");
    }
    if (ledger.commit(
            Transaction.of(
                event(Action.GENERATION_PREPARED, made, manner), new Change.AddGeneration(made)))
        instanceof CommitResult.Conflicted) {
      issuers.discard(made);
      issuers.refresh();
      throw refused("another node has prepared " + made.id() + " at the same time", "go on there");
    }
    issuers.refresh();
    reportKeys();
    return Optional.of(made);
  }

  /// Tells requesters of the next generation from `at` on.
  ///
  /// @param at empty for now
  /// @throws RefusedException if none is prepared
  public Generation announce(String issuer, Optional<Instant> at, Manner manner) {
    issuers.refresh();
    Instant now = clock.instant();
    Generations all = issuers.generations(issuer);
    Generation next =
        all.followingAt(now)
            .filter(one -> all.stateAt(one, now) == State.PREPARED)
            .orElseThrow(() ->
                refused(
                    "no generation of " + issuer + " waits to be announced",
                    "prepare one first: chancery ca prepare " + issuer));
    requireKeys(next, manner);
    Generation announced = next.announced(notBefore(at.orElse(now), now));
    return move(next, announced, Action.GENERATION_ANNOUNCED, manner);
  }

  /// Lets the announced generation sign from `at` on. The date may be set anew as long as it has
  /// not come.
  ///
  /// @param at empty for as soon as all nodes can know of it
  /// @throws RefusedException if none is announced
  public Generation activate(String issuer, Optional<Instant> at, Manner manner) {
    issuers.refresh();
    Instant now = clock.instant();
    Generation next =
        issuers
            .generations(issuer)
            .nextAt(now)
            .orElseThrow(() ->
                refused(
                    "no generation of " + issuer + " is announced",
                    "announce it first, so that requesters hear of it: chancery ca announce "
                        + issuer));
    requireKeys(next, manner);
    refuseIfCountedUpon(next, now);
    Instant earliest = manyNodes ? now.plus(AHEAD_OF_NODES) : now;
    Instant from = notBefore(at.orElse(earliest), earliest);
    if (!next.certificate().isValidAt(from)) {
      throw refused(next.id() + " is not valid at " + from, "choose another time");
    }
    return move(next, next.active(from), Action.GENERATION_ACTIVATED, manner);
  }

  /// Ends a generation: its certificates authenticate nobody any more and its CRL is not renewed.
  /// One that was never active is withdrawn.
  ///
  /// @throws RefusedException if it is active, or certificates of it are valid and `manner` does
  ///   not force it
  public Generation retire(String issuer, int number, Manner manner) {
    issuers.refresh();
    Instant now = clock.instant();
    Generations all = issuers.generations(issuer);
    Generation one =
        all.all().stream()
            .filter(each -> each.number() == number)
            .findFirst()
            .orElseThrow(() ->
                refused(
                    "there is no generation " + number + " of " + issuer, "see chancery ca list"));
    switch (all.stateAt(one, now)) {
      case ACTIVE ->
          throw refused(
              one.id() + " signs; without it nothing can be issued",
              "activate another generation first");
      case RETIRED -> throw refused(one.id() + " is retired already", "see chancery ca list");
      case PREPARED, ANNOUNCED, RETIRING -> {
        Optional<Instant> last = ledger.lastExpiry(one.id()).filter(now::isBefore);
        if (last.isPresent() && !manner.force()) {
          throw refused(
              "certificates of " + one.id() + " are valid until " + last.get(),
              "wait, or use --force: their holders could then neither renew nor authenticate");
        }
      }
    }
    refuseIfCountedUpon(one, now);
    return move(one, one.retired(now), Action.GENERATION_RETIRED, manner);
  }

  /// What is about to sign on other nodes cannot be called off any more.
  private void refuseIfCountedUpon(Generation one, Instant now) {
    Optional<Instant> soon =
        one.activeFrom()
            .filter(from -> manyNodes && from.isAfter(now))
            .filter(from -> from.isBefore(now.plus(AHEAD_OF_NODES)));
    if (soon.isPresent()) {
      throw refused(
          one.id() + " signs from " + soon.get() + " on, and nodes count on it",
          "wait until it has taken over");
    }
  }

  /// Nodes of which it is not known that they have the key of `generation`.
  public List<String> nodesWithoutKey(Generation generation) {
    return manyNodes && generation.number() > 1
        ? ledger.nodes().stream()
            .filter(node -> !node.isEmpty())
            .filter(node -> ledger.fact(keyFact(generation, node)).isEmpty())
            .toList()
        : List.of();
  }

  /// Lets the other nodes know which keys are here.
  void reportKeys() {
    if (!manyNodes) {
      return;
    }
    for (String issuer : issuers.names()) {
      for (Generation one : issuers.generations(issuer).all()) {
        String fact = keyFact(one, ledger.node());
        String key = one.certificate().sha256Hex();
        if (one.number() > 1
            && issuers.holdsKey(one)
            && !reported.contains(fact)
            && ledger.fact(fact, key).equals(key)) {
          reported.add(fact);
        }
      }
    }
  }

  private static String keyFact(Generation generation, String node) {
    return "key:" + generation.id() + "@" + node;
  }

  private void requireKeys(Generation next, Manner manner) {
    if (!issuers.holdsKey(next)) {
      throw refused("the key of " + next.id() + " is not on this server", copyHint(next));
    }
    List<String> without = nodesWithoutKey(next);
    if (!without.isEmpty() && !manner.force()) {
      throw refused(
          "the key of " + next.id() + " is not on " + String.join(", ", without),
          copyHint(next) + "; a node that is gone for good is passed over with --force");
    }
  }

  /// What to do about a key that is missing somewhere.
  public static String copyHint(Generation generation) {
    return "copy issuers/"
        + generation.id()
        + ".pem and "
        + generation.id()
        + ".key there from the node that made them; it notices within a minute";
  }

  private Generation move(Generation from, Generation to, Action action, Manner manner) {
    if (manner.dryRun()) {
      return to;
    }
    if (ledger.commit(
            Transaction.of(event(action, to, manner), new Change.MoveGeneration(from, to)))
        instanceof CommitResult.Conflicted) {
      issuers.refresh();
      throw refused("somebody else has just changed " + from.id(), "see chancery ca list");
    }
    issuers.refresh();
    return to;
  }

  private static Instant notBefore(Instant at, Instant earliest) {
    if (at.isBefore(earliest)) {
      throw refused("the time " + at + " is too early", "choose " + earliest + " or later");
    }
    return at;
  }

  private AuditEvent event(Action action, Generation generation, Manner manner) {
    Map<String, String> details = details(generation);
    if (manner.force()) {
      details.put("forced", "true");
    }
    return new AuditEvent(clock.instant(), action, "", manner.actor(), details);
  }

  private static Map<String, String> details(Generation generation) {
    Map<String, String> details = new TreeMap<>();
    details.put("issuer", generation.issuer());
    details.put("generation", Integer.toString(generation.number()));
    details.put("sha256", generation.certificate().sha256Hex());
    details.put("root-sha256", generation.root().sha256Hex());
    details.put("not-after", generation.certificate().notAfter().toString());
    generation.announcedFrom().ifPresent(at -> details.put("announced-from", at.toString()));
    generation.activeFrom().ifPresent(at -> details.put("active-from", at.toString()));
    generation.retiredFrom().ifPresent(at -> details.put("retired-from", at.toString()));
    return details;
  }

  private static RefusedException refused(String what, String hint) {
    return new RefusedException(Refusal.Code.DENIED, what, hint);
  }
}
