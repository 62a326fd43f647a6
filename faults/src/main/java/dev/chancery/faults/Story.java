package dev.chancery.faults;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/// What was found in a run with a fixed course, chapter by chapter.
///
/// @param facts for people, in order
/// @param violations nothing if all is well
record Story(
    String title,
    String command,
    String machine,
    long seconds,
    List<String> facts,
    List<Chapter> chapters,
    List<String> violations) {
  boolean allWell() {
    return violations.isEmpty();
  }

  /// One page.
  String markdown() {
    StringBuilder page = new StringBuilder();
    Formatter out = new Formatter(page, Locale.ROOT);
    out.format("# %s%n%n", title);
    out.format("%d s: %s%n%n", seconds, allWell() ? "nothing lost, nothing doubled" : "**FAILED**");
    out.format("`%s`; %s%n%n", command, machine);
    facts.forEach(fact -> out.format("- %s%n", fact));
    violations.forEach(violation -> out.format("- **broken promise:** %s%n", violation));
    out.format(
        "%n| | devices | with certificate | told 503 | connections lost | same again elsewhere"
            + " | slowest | longest gap |%n|---|---|---|---|---|---|---|---|%n");
    for (Chapter chapter : chapters) {
      out.format(
          "| %s | %,d | %,d | %,d | %,d | %,d | %.1f s | %.1f s |%n",
          chapter.name(),
          chapter.devices(),
          chapter.acknowledged(),
          chapter.unavailable(),
          chapter.lost(),
          chapter.again(),
          chapter.slowestMillis() / 1e3,
          chapter.gapMillis() / 1e3);
    }
    return page.toString();
  }
}
