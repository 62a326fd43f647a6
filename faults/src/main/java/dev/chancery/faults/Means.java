package dev.chancery.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What this machine lets us do.
///
/// @param disk empty if disks of our own can be had, else what stands in the way
/// @param clock libfaketime
record Means(String disk, Optional<Path> clock) {
  static Means here(Path work) {
    return new Means(LoopDisk.missing(work), FakeClock.library());
  }

  Set<Harm> harms() {
    Set<Harm> possible = EnumSet.allOf(Harm.class);
    possible.removeIf(harm -> harm.needsDisk() && !disk.isEmpty());
    possible.removeIf(harm -> harm.needsClock() && clock.isEmpty());
    return possible;
  }

  /// For people: what is left out, and why.
  List<String> leftOut() {
    List<String> lines = new ArrayList<>();
    if (!disk.isEmpty()) {
      lines.add("no harm to disks: " + disk + " (a loop mount needs root)");
    }
    if (clock.isEmpty()) {
      lines.add("no harm to clocks: libfaketime is missing (on Debian: apt install faketime)");
    }
    return lines;
  }
}
