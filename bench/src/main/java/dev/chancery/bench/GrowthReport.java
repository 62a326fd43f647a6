package dev.chancery.bench;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// What [Growth] found as Markdown.
final class GrowthReport {
  private static final double MOST_SEARCH_MILLIS = 50;

  private final Growth growth;
  private final StringBuilder page = new StringBuilder();
  private final Formatter out = new Formatter(page, Locale.ROOT);

  GrowthReport(Growth growth) {
    this.growth = growth;
  }

  String markdown() {
    Machine machine = growth.machine();
    out.format("# Chancery, as its ledger grows%n%n");
    out.format(
        "%s, %d cores, %,d MB; %s; data on %s%n",
        machine.processor(),
        machine.cores(),
        machine.memoryMegabytes(),
        machine.system(),
        machine.diskType());
    out.format("JDK %s; %s; %s%n%n", machine.jdk(), machine.chancery(), growth.database());
    out.format("%,d credentials are open all the time.%n%n", growth.openCredentials());
    out.format("| certificates |");
    growth.points().forEach(point -> out.format(" %,d |", point.certificates()));
    out.format("%n|---|");
    growth.points().forEach(_point -> out.format("---|"));
    out.format("%n");
    for (Scenario scenario : Growth.SCENARIOS) {
      row(scenario.title() + ": per second", at(scenario, one -> number(0, one.perSecond())));
      row(scenario.title() + ": CPU ms each", at(scenario, one -> number(2, one.cpuMillis())));
      row(
          scenario.title() + ": p50, p99 ms",
          at(scenario, one -> number(1, one.p50Millis()) + ", " + number(1, one.p99Millis())));
    }
    row("looked up by serial number: p50, p99 ms", point -> times(point.bySerial()));
    row("open credential looked up: p50, p99 ms", point -> times(point.byCredential()));
    List<Growth.Search> kinds = growth.points().getFirst().searches();
    for (int kind = 0; kind < kinds.size(); kind++) {
      int number = kind;
      row(
          "searched for " + kinds.get(kind).what() + ": p50, p99 ms",
          point -> times(point.searches().get(number).times()));
    }
    row(
        "searches at most 50 ms (p99)",
        point -> point.searchP99() <= MOST_SEARCH_MILLIS ? "met" : "**missed**");
    row("ready after s", point -> number(2, point.readyMillis() / 1e3));
    row(
        "revoked certificates on the CRL",
        point -> String.format(Locale.ROOT, "%,d", point.crl().entries()));
    row("a new CRL: s, CPU s", point -> both(point.crl().seconds(), point.crl().cpuSeconds()));
    row("the CRL: MB", point -> number(2, point.crl().bytes() / 1e6));
    row("the CRL fetched once: ms", point -> number(0, point.crl().fetchMillis()));
    row(
        "most RSS of the server, CRL included: MB",
        point -> number(0, point.crl().peakMegabytes()));
    row(
        "backup while running: s",
        point -> point.backupSeconds().map(seconds -> number(1, seconds)).orElse("no room"));
    row("ledger: GB", point -> number(2, point.gigabytes()));
    row("ledger: bytes per certificate", point -> number(0, point.bytesEach()));
    row("loaded per second, without search index", point -> number(0, point.loadedPerSecond()));
    row("search index made in s", point -> number(1, point.indexSeconds()));
    return page.toString();
  }

  private void row(String title, Function<Growth.Point, String> cell) {
    out.format("| %s |", title);
    growth.points().forEach(point -> out.format(" %s |", cell.apply(point)));
    out.format("%n");
  }

  private static Function<Growth.Point, String> at(
      Scenario scenario, Function<Measurement, String> cell) {
    return point -> {
      Optional<Measurement> found =
          point.enrollments().stream().filter(one -> one.scenario() == scenario).findFirst();
      return found.map(cell).orElse("–");
    };
  }

  private static String both(double one, double other) {
    return number(2, one) + ", " + number(2, other);
  }

  private static String times(Growth.Times times) {
    return number(2, times.p50()) + ", " + number(2, times.p99());
  }

  private static String number(int decimals, double value) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
