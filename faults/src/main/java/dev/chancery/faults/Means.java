package dev.chancery.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What this machine lets us do.
///
/// @param store where ledgers are kept
/// @param disk empty if disks of our own can be had, else what stands in the way
/// @param clock libfaketime
record Means(Store store, String disk, Optional<Path> clock) {
  static Means here(Store store, Path work) {
    boolean wanted = store.harms().stream().anyMatch(Harm::needsDisk);
    return new Means(
        store, wanted ? LoopDisk.missing(work) : "no harm needs one", FakeClock.library());
  }

  Set<Harm> harms() {
    Set<Harm> possible = EnumSet.copyOf(store.harms());
    possible.removeIf(harm -> harm.needsDisk() && !disk.isEmpty());
    possible.removeIf(harm -> harm.needsClock() && clock.isEmpty());
    return possible;
  }

  /// For people: what is left out, and why.
  List<String> leftOut() {
    List<String> lines = new ArrayList<>();
    if (!disk.isEmpty() && store.harms().stream().anyMatch(Harm::needsDisk)) {
      lines.add("no harm to disks: " + disk + " (a loop mount needs root)");
    }
    if (clock.isEmpty()) {
      lines.add("no harm to clocks: libfaketime is missing (on Debian: apt install faketime)");
    }
    return lines;
  }
}
