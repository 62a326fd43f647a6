package dev.chancery.faults;

import java.nio.file.Path;
import java.util.Set;

/// What a run shall do.
///
/// @param seed of the first life; the others count on from it
/// @param parallel how many lives go on at the same time
/// @param only the harms that may occur
/// @param each each harm once instead of `rounds` of them; quick ones only
/// @param kept where failed lives are kept
record Settings(
    int rounds, long seed, Store store, int parallel, Set<Harm> only, boolean each, Path kept) {
  /// Lives are long enough for rounds to build upon each other, and short enough to be lived again
  /// for whoever looks for a cause.
  static final int ROUNDS_PER_LIFE = 12;
}
