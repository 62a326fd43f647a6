package dev.chancery.faults;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/// The findings as one page of Markdown.
final class Report {
  private final Findings findings;
  private final StringBuilder page = new StringBuilder();
  private final Formatter out = new Formatter(page, Locale.ROOT);

  Report(Findings findings) {
    this.findings = findings;
  }

  String markdown() {
    List<RoundResult> rounds = findings.rounds();
    out.format("# Harm done to Chancery%n%n");
    out.format(
        "%,d rounds in %,d lives on %s, %d min %02d s: %s%n%n",
        rounds.size(),
        findings.lives(),
        findings.store(),
        findings.seconds() / 60,
        findings.seconds() % 60,
        findings.allWell() ? "nothing lost, nothing doubled" : "**FAILED**");
    out.format("`%s`; %s%n", findings.command(), findings.machine());
    findings.leftOut().forEach(line -> out.format("%nLeft out: %s%n", line));
    out.format("%nKilled servers left %d files in /tmp.%n", findings.litter());
    violations();
    out.format("%n## By harm%n%n");
    head("harm");
    for (Harm harm : Harm.values()) {
      row(harm.id(), rounds.stream().filter(round -> round.harm() == harm).toList());
    }
    row("**all**", rounds);
    out.format("%n## By fault point%n%n");
    head("harm at point");
    rounds.stream()
        .filter(round -> !round.where().isEmpty())
        .map(round -> round.harm().id() + " " + round.where())
        .distinct()
        .sorted()
        .forEach(where ->
            row(
                where,
                rounds.stream()
                    .filter(round -> where.equals(round.harm().id() + " " + round.where()))
                    .toList()));
    return page.toString();
  }

  private void violations() {
    if (findings.allWell()) {
      return;
    }
    out.format("%n## Broken promises%n%n");
    for (RoundResult round : findings.rounds()) {
      for (String violation : round.violations()) {
        out.format(
            "- life %d, round %d, %s %s: %s%n",
            round.life(), round.number(), round.harm().id(), round.where(), violation);
      }
    }
    findings.violations().forEach(violation -> out.format("- %s%n", violation));
  }

  private void head(String first) {
    out.format(
        "| %s | rounds | struck | requests | acknowledged | in doubt | of them stored | starts"
            + " | slowest start | failed |%n",
        first);
    out.format("|---|---|---|---|---|---|---|---|---|---|%n");
  }

  private void row(String name, List<RoundResult> rounds) {
    if (rounds.isEmpty()) {
      return;
    }
    out.format(
        "| %s | %,d | %,d | %,d | %,d | %,d | %,d | %,d | %.1f s | %,d |%n",
        name,
        rounds.size(),
        rounds.stream().filter(RoundResult::struck).count(),
        rounds.stream().mapToInt(RoundResult::requests).sum(),
        rounds.stream().mapToInt(RoundResult::acknowledged).sum(),
        rounds.stream().mapToInt(RoundResult::inDoubt).sum(),
        rounds.stream().mapToLong(RoundResult::inDoubtStored).sum(),
        rounds.stream().mapToInt(RoundResult::starts).sum(),
        rounds.stream().mapToLong(RoundResult::slowestStartMillis).max().orElse(0) / 1e3,
        rounds.stream().filter(round -> !round.violations().isEmpty()).count());
  }
}
