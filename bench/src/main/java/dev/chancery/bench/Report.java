package dev.chancery.bench;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The findings as one page of Markdown.
final class Report {
  private static final double MOST_MEGABYTES = 450;
  private static final double MOST_READY_MILLIS = 1_000;
  private static final double MOST_HALF_LOAD_MILLIS = 25;
  private static final double MOST_AGENT_MEGABYTES = 150;
  private static final double MOST_AGENT_CPU_PERCENT = 0.5;

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
    postgresql();
    latencies();
    halfLoads();
    burst();
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
    findings.postgresql().ifPresent(version -> out.format("%s%n", version));
    out.format("%n");
  }

  private void scenarios() {
    out.format("## CPU of the server per enrollment (P-256 CA, stored and audited)%n");
    out.format("%n");
    out.format(
        "| scenario | ms | target | | of it compiler | × nginx | × bare cryptography | requests | warm-up |%n");
    out.format("|---|---|---|---|---|---|---|---|---|%n");
    for (Measurement one : findings.measurementsOf(Chancery.ON_SQLITE)) {
      Scenario scenario = one.scenario();
      out.format(
          "| %s | **%.2f** | %s | %s | %.2f | %s | %.1f | %,d | %,d |%n",
          scenario.title(),
          one.cpuMillis(),
          scenario.targetMillis().map(Report::two).orElse("–"),
          scenario.targetMillis().map(most -> verdict(one.cpuMillis() <= most)).orElse(""),
          one.compilerMillis(),
          timesNginx(one),
          one.cpuMillis() / findings.raw().floorMillis(scenario),
          one.requests(),
          one.warmUp());
    }
    out.format("%n");
  }

  private void postgresql() {
    List<Measurement> measurements = findings.measurementsOf(Chancery.ON_POSTGRESQL);
    if (measurements.isEmpty()) {
      return;
    }
    out.format("## On PostgreSQL, beside SQLite: CPU per enrollment in ms%n");
    out.format("%n");
    out.format(
        "| scenario | server | database | together | on SQLite | per second | on SQLite | p99 ms |%n");
    out.format("|---|---|---|---|---|---|---|---|%n");
    for (Measurement one : measurements) {
      Optional<Measurement> sqlite = findings.measurement(Chancery.ON_SQLITE, one.scenario());
      out.format(
          "| %s | **%.2f** | %.2f | %.2f | %s | %,.0f | %s | %.1f |%n",
          one.scenario().title(),
          one.cpuMillis(),
          one.databaseMillis(),
          one.cpuMillis() + one.databaseMillis(),
          sqlite.map(other -> two(other.cpuMillis())).orElse("–"),
          one.perSecond(),
          sqlite.map(other -> whole(other.perSecond())).orElse("–"),
          one.p99Millis());
    }
    out.format("%n");
  }

  private static String whole(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  private static String two(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  private String timesNginx(Measurement measurement) {
    return findings
        .measurement(Nginx.NAME, measurement.scenario())
        .map(floor ->
            String.format(Locale.ROOT, "%.1f", measurement.cpuMillis() / floor.cpuMillis()))
        .orElse("–");
  }

  private void floors() {
    out.format("## Floors of the same run%n");
    out.format("%n");
    out.format("| | ms |%n");
    out.format("|---|---|%n");
    for (Measurement one : findings.measurementsOf(Nginx.NAME)) {
      out.format("| nginx, static answer, %s | %.3f |%n", one.scenario().title(), one.cpuMillis());
    }
    RawOperations raw = findings.raw();
    raw.millis()
        .forEach((operation, millis) -> out.format("| %s | %.3f |%n", operation.title(), millis));
    findings
        .issuanceMillis()
        .ifPresent(millis -> {
          out.format("| one issuance, stored, without network | %.3f |%n", millis);
          out.format(
              "| RSA-2048 decryption + RSA-2048 signature + one issuance (the floor of SCEP) | %.3f |%n",
              raw.millisOf(RawOperation.RSA_2048_DECRYPTION)
                  + raw.millisOf(RawOperation.RSA_2048_SIGNATURE)
                  + millis);
        });
    out.format("%n");
    out.format("The cryptography is done by %s.%n", raw.provider());
    out.format("%n");
  }

  private void latencies() {
    out.format("## Rate and latency (client and server share the machine and use all of it)%n");
    out.format("%n");
    out.format(
        "| | per second | target | | p50 ms | p99 ms | p99.9 ms | RSS MB | file descriptors |%n");
    out.format("|---|---|---|---|---|---|---|---|---|%n");
    for (Measurement one : findings.measurements()) {
      out.format(
          "| %s, %s | %,.0f | %s | %s | %.1f | %.1f | %.1f | %.0f | %d |%n",
          one.target(),
          one.scenario().title(),
          one.perSecond(),
          one.targetPerSecond().map(Report::whole).orElse("–"),
          one.targetPerSecond().map(least -> verdict(one.perSecond() >= least)).orElse(""),
          one.p50Millis(),
          one.p99Millis(),
          one.p999Millis(),
          one.residentMegabytes(),
          one.fileDescriptors());
    }
    out.format("%n");
  }

  private void halfLoads() {
    if (findings.halfLoads().isEmpty()) {
      return;
    }
    out.format("## At half of that rate%n");
    out.format("%n");
    out.format(
        "| scenario | per second | p50 ms | p99 ms | target | | p99.9 ms | longest sync ms | CPU ms |%n");
    out.format("|---|---|---|---|---|---|---|---|---|%n");
    for (Paced one : findings.halfLoads()) {
      boolean floor = one.target().equals(Nginx.NAME);
      out.format(
          "| %s, %s | %,.0f | %.1f | %s | %s | %s | %.1f | %.1f | %.2f |%n",
          one.target(),
          one.scenario().title(),
          one.perSecond(),
          one.p50Millis(),
          (floor ? "%.1f" : "**%.1f**").formatted(one.p99Millis()),
          floor ? "–" : "%.0f".formatted(MOST_HALF_LOAD_MILLIS),
          floor ? "" : verdict(one.p99Millis() <= MOST_HALF_LOAD_MILLIS),
          one.p999Millis(),
          one.longestSyncMillis(),
          one.cpuMillis());
    }
    out.format("%n");
    out.format(
        "Longest sync: what it took at the worst, meanwhile, to bring a page of another file to the same"
            + " disk. Where it is long, the disk stood still, and the server with it.%n");
    out.format("%n");
  }

  private void burst() {
    findings
        .burst()
        .ifPresent(burst -> {
          Paced slice = burst.slice();
          out.format("## A million devices within an hour%n");
          out.format("%n");
          out.format(
              "%,d renewals in an hour are %.0f per second, each on a connection of its own."
                  + " Measured: %.0f seconds at that pace.%n",
              burst.devices(), slice.perSecond(), slice.seconds());
          out.format("%n");
          out.format("| | measured | reckoned for the hour |%n");
          out.format("|---|---|---|%n");
          out.format(
              "| CPU | %.2f ms each | %.0f %% of %d cores |%n",
              slice.cpuMillis(), 100 * burst.shareOfMachine(), burst.cores());
          out.format(
              "| latency | p50 %.1f, p99 %.1f, p99.9 %.1f ms (longest sync %.1f ms) | the same |%n",
              slice.p50Millis(), slice.p99Millis(), slice.p999Millis(), slice.longestSyncMillis());
          out.format("| memory | %.0f MB | the same |%n", slice.residentMegabytes());
          out.format(
              "| ledger | %,.0f bytes each | %.1f GB more |%n",
              burst.ledgerBytesEach(), burst.ledgerGigabytes());
          out.format("%n");
        });
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
        "| ready on a second start, median of %d | %.2f s | 1 s | %s |%n",
        findings.secondStartMillis().size(),
        findings.readyMillis() / 1e3,
        verdict(findings.readyMillis() <= MOST_READY_MILLIS));
    out.format("| the same: CPU until ready | %.2f s | – | |%n", findings.readyCpuMillis() / 1e3);
    out.format("| ready on the first start | %.2f s | – | |%n", findings.firstStartMillis() / 1e3);
    findings.agent().ifPresent(this::agent);
    Findings.Check check = findings.checked();
    out.format(
        "| certificates answered / in the ledger | %,d / %,d | equal | met |%n",
        check.answered(), check.stored());
    out.format(
        "| certificates compared with the key asked for / asked for by `cert show` | %,d / %d | all | met |%n",
        check.sampled(), check.shown());
    out.format("%n");
  }

  private void agent(AgentFootprint agent) {
    out.format(
        "| the agent watching %,d certificates, none due: RSS | %.0f MB | 150 MB | %s |%n",
        agent.certificates(),
        agent.residentMegabytes(),
        verdict(agent.residentMegabytes() <= MOST_AGENT_MEGABYTES));
    out.format(
        "| the same: CPU over %d s | %.2f %% of a core | about 0 | %s |%n",
        agent.seconds(), agent.cpuPercent(), verdict(agent.cpuPercent() <= MOST_AGENT_CPU_PERCENT));
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
    for (Measurement one : findings.measurementsOf(Chancery.ON_SQLITE)) {
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

  private static String verdict(boolean met) {
    return met ? "met" : "**missed**";
  }
}
