package dev.chancery.bench;

import java.util.Formatter;
import java.util.Locale;
import java.util.Optional;

/// The findings as one page of Markdown.
final class Report {
  private static final double MOST_MEGABYTES = 450;
  private static final double MOST_READY_MILLIS = 2_000;

  private final Findings findings;
  private final StringBuilder page = new StringBuilder();
  private final Formatter out = new Formatter(page, Locale.ROOT);

  Report(Findings findings) {
    this.findings = findings;
  }

  String markdown() {
    machine();
    scenarios();
    floors();
    latencies();
    rest();
    threads();
    return page.toString();
  }

  private void machine() {
    Machine machine = findings.machine();
    out.format("# Chancery, measured%n");
    out.format("%n");
    out.format(
        "%s, %d cores, %,d MB; %s; data on %s%n",
        machine.processor(),
        machine.cores(),
        machine.memoryMegabytes(),
        machine.system(),
        machine.diskType());
    out.format("JDK %s; %s; nginx %s%n", machine.jdk(), machine.chancery(), machine.nginx());
    out.format("%n");
  }

  private void scenarios() {
    out.format("## CPU of the server per enrollment (P-256, TLS 1.3, stored and audited)%n");
    out.format("%n");
    out.format(
        "| scenario | ms | target | | of it compiler | × nginx | × sign+verify | requests | warm-up |%n");
    out.format("|---|---|---|---|---|---|---|---|---|%n");
    for (Scenario scenario : Scenario.values()) {
      findings
          .measurement("chancery", scenario)
          .ifPresent(measurement ->
              out.format(
                  "| %s | **%.2f** | %.2f | %s | %.2f | %s | %.0f | %,d | %,d |%n",
                  scenario.title(),
                  measurement.cpuMillis(),
                  scenario.targetMillis(),
                  verdict(measurement.cpuMillis() <= scenario.targetMillis()),
                  measurement.compilerMillis(),
                  timesNginx(measurement),
                  measurement.cpuMillis() / findings.raw().signAndVerifyMillis(),
                  measurement.requests(),
                  measurement.warmUp()));
    }
    out.format("%n");
  }

  private String timesNginx(Measurement measurement) {
    return findings
        .measurement("nginx", measurement.scenario())
        .map(floor ->
            String.format(Locale.ROOT, "%.1f", measurement.cpuMillis() / floor.cpuMillis()))
        .orElse("–");
  }

  private void floors() {
    out.format("## Floors of the same run%n");
    out.format("%n");
    out.format("| | ms |%n");
    out.format("|---|---|%n");
    for (Scenario scenario : Scenario.values()) {
      Optional<Measurement> floor = findings.measurement("nginx", scenario);
      floor.ifPresent(measurement ->
          out.format(
              "| nginx, static answer, %s | %.3f |%n", scenario.title(), measurement.cpuMillis()));
    }
    RawOperations raw = findings.raw();
    out.format("| P-256 signature (%s) | %.3f |%n", raw.provider(), raw.signMillis());
    out.format("| P-256 verification | %.3f |%n", raw.verifyMillis());
    out.format("%n");
  }

  private void latencies() {
    out.format("## Rate and latency (client and server share the machine and use all of it)%n");
    out.format("%n");
    out.format("| | per second | p50 ms | p99 ms | p99.9 ms | RSS MB | file descriptors |%n");
    out.format("|---|---|---|---|---|---|---|%n");
    for (Measurement one : findings.measurements()) {
      out.format(
          "| %s, %s | %,.0f | %.1f | %.1f | %.1f | %.0f | %d |%n",
          one.target(),
          one.scenario().title(),
          one.perSecond(),
          one.p50Millis(),
          one.p99Millis(),
          one.p999Millis(),
          one.residentMegabytes(),
          one.fileDescriptors());
    }
    out.format("%n");
  }

  private void rest() {
    out.format("## Memory, start, books%n");
    out.format("%n");
    out.format("| | | target | |%n");
    out.format("|---|---|---|---|%n");
    double most = findings.mostMegabytes();
    out.format(
        "| most RSS under load | %.0f MB | 450 MB | %s |%n", most, verdict(most <= MOST_MEGABYTES));
    Soak soak = findings.soak();
    if (!soak.points().isEmpty()) {
      soak(soak);
    }
    out.format(
        "| ready on a second start, median of %d | %.2f s | 2 s | %s |%n",
        findings.secondStartMillis().size(),
        findings.readyMillis() / 1e3,
        verdict(findings.readyMillis() <= MOST_READY_MILLIS));
    out.format("| ready on the first start | %.2f s | – | |%n", findings.firstStartMillis() / 1e3);
    Findings.Check check = findings.checked();
    out.format(
        "| certificates answered / in the ledger | %,d / %,d | equal | met |%n",
        check.answered(), check.stored());
    out.format(
        "| certificates compared with the key asked for / asked for by `cert show` | %,d / %d | all | met |%n",
        check.sampled(), check.shown());
    out.format("%n");
  }

  private void soak(Soak soak) {
    Soak.Point first = soak.points().getFirst();
    Soak.Point middle = soak.points().get(soak.points().size() / 2);
    Soak.Point last = soak.points().getLast();
    out.format(
        "| RSS over %,d new connections: early, half-way, end | %.0f, %.0f, %.0f MB | flat | %s |%n",
        soak.connections(),
        first.residentMegabytes(),
        middle.residentMegabytes(),
        last.residentMegabytes(),
        verdict(soak.isFlat()));
    out.format(
        "| file descriptors: early, half-way, end | %d, %d, %d | flat | %s |%n",
        first.fileDescriptors(),
        middle.fileDescriptors(),
        last.fileDescriptors(),
        verdict(soak.isFlat()));
  }

  private void threads() {
    out.format("## Where the server's CPU goes, by thread (ms per enrollment)%n");
    out.format("%n");
    for (Measurement one : findings.measurements()) {
      if (one.target().equals("chancery")) {
        out.format(
            "- %s: %s%n",
            one.scenario().title(),
            String.join(
                ", ",
                one.threads().stream()
                    .filter(thread -> thread.cpuMillis() >= 0.005)
                    .map(thread ->
                        String.format(
                            Locale.ROOT, "%s %.2f", thread.name().strip(), thread.cpuMillis()))
                    .toList()));
      }
    }
  }

  private static String verdict(boolean met) {
    return met ? "met" : "**missed**";
  }
}
