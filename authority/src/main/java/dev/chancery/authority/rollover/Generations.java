package dev.chancery.authority.rollover;

import dev.chancery.authority.rollover.Generation.State;
import dev.chancery.pki.certificate.Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// All generations of one issuer, and what each of them is at an instant. Immutable.
///
/// @param all at least the first, in the order of their numbers
public record Generations(List<Generation> all) {
  public Generations {
    all = all.stream().sorted(Comparator.comparingInt(Generation::number)).toList();
    if (all.isEmpty()) {
      throw new IllegalArgumentException("an issuer has a first generation");
    }
  }

  /// The one that signs: the newest whose time has come.
  public Generation activeAt(Instant now) {
    return all.reversed().stream()
        .filter(one -> has(one.activeFrom(), now) && !has(one.retiredFrom(), now))
        .findFirst()
        // Before the first was valid: clocks go wrong.
        .orElseGet(all::getFirst);
  }

  /// What one of them is.
  public State stateAt(Generation one, Instant now) {
    if (has(one.retiredFrom(), now)) {
      return State.RETIRED;
    }
    int active = activeAt(now).number();
    if (one.number() == active) {
      return State.ACTIVE;
    }
    if (one.number() < active) {
      return State.RETIRING;
    }
    return has(one.announcedFrom(), now) ? State.ANNOUNCED : State.PREPARED;
  }

  private static boolean has(Optional<Instant> from, Instant now) {
    return from.isPresent() && !now.isBefore(from.get());
  }

  /// Those in one of `states`, the newest first.
  public List<Generation> in(Set<State> states, Instant now) {
    return all.reversed().stream().filter(one -> states.contains(stateAt(one, now))).toList();
  }

  /// The one that is announced to follow.
  public Optional<Generation> nextAt(Instant now) {
    return in(Set.of(State.ANNOUNCED), now).stream().reduce((newer, older) -> older);
  }

  /// The one that will follow, announced or not.
  public Optional<Generation> followingAt(Instant now) {
    return in(Set.of(State.PREPARED, State.ANNOUNCED), now).stream()
        .reduce((newer, older) -> older);
  }

  /// Those whose certificates count: the active one, then those that retire, then what is
  /// announced.
  public List<Generation> livingAt(Instant now) {
    List<Generation> living = new ArrayList<>();
    living.add(activeAt(now));
    living.addAll(in(Set.of(State.RETIRING), now));
    living.addAll(in(Set.of(State.ANNOUNCED), now));
    return living;
  }

  /// What clients need to get from one generation to another (RFC 7030 §4.1.3): the active one's
  /// chain first, then the others' chains and the links between their roots.
  public List<Certificate> publishedAt(Instant now) {
    Set<Certificate> published = new LinkedHashSet<>();
    List<Generation> living = livingAt(now);
    living.forEach(one -> published.addAll(one.chain()));
    published.addAll(linksAt(now));
    return List.copyOf(published);
  }

  /// The links between roots that are both in use.
  public List<Certificate> linksAt(Instant now) {
    List<Generation> living = livingAt(now);
    return living.stream()
        .filter(Generation::bringsRoot)
        .filter(one -> living.stream().anyMatch(other -> other.number() < one.number()))
        .flatMap(one -> one.links().stream())
        .filter(link -> !now.isAfter(link.notAfter()))
        .toList();
  }

  /// The links that certify the root above `one` by another root in use: who trusts only that other
  /// root validates what is below `one` through them.
  public List<Certificate> linksAbove(Generation one, Instant now) {
    return linksAt(now).stream()
        .filter(link ->
            link.subjectPublicKeyInfo().equals(one.root().subjectPublicKeyInfo())
                && link.subject().equals(one.root().subject()))
        .toList();
  }
}
