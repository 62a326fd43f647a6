package dev.chancery.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// The harms of a life, in order, and the plan of each: all of it from the life's seed.
final class Deck {
  private Deck() {}

  /// Deals a life's plans from a shuffled deck in which each harm has as many cards as it weighs.
  ///
  /// @param rounds at most [Settings#ROUNDS_PER_LIFE]
  /// @param harms those that may occur
  static List<Plan> deal(long seed, int rounds, Set<Harm> harms, boolean quick) {
    RandomGenerator random = new SplittableRandom(seed);
    List<Harm> cards = new ArrayList<>();
    while (cards.size() < Settings.ROUNDS_PER_LIFE) {
      List<Harm> pack = new ArrayList<>();
      for (Harm harm : harms) {
        pack.addAll(Collections.nCopies(harm.weight(), harm));
      }
      Collections.shuffle(pack, random);
      cards.addAll(pack);
    }
    // A life that is cut short begins like the whole one, or it could not be lived again.
    return plans(random, cards.subList(0, Settings.ROUNDS_PER_LIFE), quick).subList(0, rounds);
  }

  /// Deals each harm once, over several lives.
  ///
  /// @param life the number of the life, from 0
  static List<Plan> each(long seed, int life, int lives, Set<Harm> harms) {
    List<Harm> all = new ArrayList<>(harms);
    List<Harm> cards = new ArrayList<>();
    for (int i = life; i < all.size(); i += lives) {
      cards.add(all.get(i));
    }
    return plans(new SplittableRandom(seed), cards, true);
  }

  private static List<Plan> plans(RandomGenerator random, List<Harm> harms, boolean quick) {
    List<Harm> cards = new ArrayList<>(harms);
    // There is one first start in a life.
    int first = cards.indexOf(Harm.KILL_AT_FIRST_START);
    for (int i = first + 1; first >= 0 && i < cards.size(); i++) {
      if (cards.get(i) == Harm.KILL_AT_FIRST_START) {
        cards.set(i, Harm.KILL_AT_START);
      }
    }
    if (first > 0) {
      Collections.swap(cards, 0, first);
    }
    return cards.stream().map(harm -> Plan.draw(harm, random, quick)).toList();
  }
}
