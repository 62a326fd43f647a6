package dev.chancery.bench;

import dev.chancery.bench.Findings.Check;
import dev.chancery.lab.Folders;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.PostgresPrograms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One run of all measurements, from an empty data folder to the findings.
final class Run {
  private final Settings settings;
  private final Progress progress;
  private final List<Measurement> measurements = new ArrayList<>();
  private final List<Paced> halfLoads = new ArrayList<>();

  Run(Settings settings, Progress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  Findings findings() {
    Path folder = settings.folder().orElseGet(() -> Folders.temporary("chancery-bench-run"));
    progress.begin("bare cryptography on one core");
    RawOperations raw = RawOperations.measure(settings.scenarios());
    Optional<Double> issuance = Optional.empty();
    if (settings.scenarios().contains(Scenario.SCEP)) {
      progress.begin("issuances without a network");
      issuance = Optional.of(IssuePathBenchmark.millisOfCpu());
    }
    List<Protocol> protocols =
        Arrays.stream(Protocol.values()).filter(one -> !scenarios(one).isEmpty()).toList();
    Path data = folder.resolve(protocols.getFirst().id());
    First first = first(data, protocols.getFirst());
    Optional<Burst> burst = burst(first, data);
    Check check = first.check();
    for (Protocol protocol : protocols.subList(1, protocols.size())) {
      progress.begin("starting a server for " + protocol.id());
      try (Bed bed = bed(folder.resolve(protocol.id()), protocol)) {
        measure(bed, protocol);
        check = check.and(bed.check());
      }
    }
    Optional<String> postgresql = Optional.empty();
    if (settings.postgresql()) {
      Optional<PostgresPrograms> programs = PostgresPrograms.installed();
      if (programs.isEmpty()) {
        progress.say("PostgreSQL is not installed: its figures are left out");
      } else {
        postgresql = programs.map(PostgresPrograms::version);
        check = check.and(onPostgresql(folder, programs.get()));
      }
    }
    List<Chancery.Start> secondStarts = secondStarts(data, protocols.getFirst());
    Optional<AgentFootprint> agent =
        settings.agent() == 0
            ? Optional.empty()
            : Optional.of(AgentFootprint.measure(settings, progress, folder.resolve("agent")));
    if (settings.folder().isEmpty()) {
      Folders.delete(folder);
    }
    return new Findings(
        first.machine(),
        postgresql,
        raw,
        issuance,
        measurements,
        halfLoads,
        burst,
        first.soak(),
        first.startMillis(),
        secondStarts.stream().map(Chancery.Start::millis).toList(),
        secondStarts.stream().map(Chancery.Start::cpuMillis).toList(),
        agent,
        check);
  }

  private List<Scenario> scenarios(Protocol protocol) {
    return settings.scenarios().stream().filter(one -> one.protocol() == protocol).toList();
  }

  private Bed bed(Path data, Protocol protocol) {
    return Bed.start(settings, progress, data, scenarios(protocol));
  }

  /// Those that are measured on PostgreSQL too: between the others no difference is to be expected.
  private static final Set<Scenario> ON_POSTGRESQL =
      Set.of(Scenario.NEW_CERTIFICATE, Scenario.NEW_PASSWORD, Scenario.KEEP_ALIVE, Scenario.SCEP);

  /// The scenarios once more, with PostgreSQL below the server.
  private Check onPostgresql(Path folder, PostgresPrograms programs) {
    Check check = new Check(0, 0, 0, 0);
    Settings shorter = settings.shorter(settings.pacedSeconds() * 2 / 3);
    for (Protocol protocol : List.of(Protocol.EST, Protocol.SCEP)) {
      List<Scenario> scenarios =
          scenarios(protocol).stream().filter(ON_POSTGRESQL::contains).toList();
      if (scenarios.isEmpty()) {
        continue;
      }
      progress.begin("starting PostgreSQL, and a server for " + protocol.id() + " on it");
      Path data = folder.resolve(protocol.id() + "-postgresql");
      try (PostgresCluster cluster = PostgresCluster.make(programs);
          Bed bed =
              Bed.start(
                  shorter,
                  progress,
                  Chancery.start(settings.script(), data, scenarios, Optional.of(cluster)))) {
        for (Scenario scenario : scenarios) {
          keep(bed.measure(scenario));
        }
        check = check.and(bed.check());
      }
    }
    return check;
  }

  private void keep(Bed.Scenes scenes) {
    measurements.add(scenes.measurement());
    scenes.halfLoad().ifPresent(halfLoads::add);
  }

  /// What only the first server is asked for.
  private record First(
      Machine machine, double startMillis, Soak soak, Optional<Paced> slice, Check check) {}

  private First first(Path data, Protocol protocol) {
    progress.begin("first start");
    try (Bed bed = bed(data, protocol)) {
      Machine machine = Machine.of(settings.script(), data);
      measure(bed, protocol);
      Soak soak = settings.soak() == 0 ? Soak.none() : bed.soak();
      Optional<Paced> slice =
          settings.burstSeconds() == 0 ? Optional.empty() : Optional.of(bed.burst());
      return new First(machine, bed.chancery().start().millis(), soak, slice, bed.check());
    }
  }

  /// The server has ended, so that its ledger is whole in one file.
  private static Optional<Burst> burst(First first, Path data) {
    return first
        .slice()
        .map(slice ->
            new Burst(
                Burst.DEVICES,
                slice,
                (double) Chancery.ledgerBytes(data) / first.check().stored(),
                first.machine().cores()));
  }

  private void measure(Bed bed, Protocol protocol) {
    try (Floor floor = protocol == Protocol.EST ? floor(bed.chancery()) : Floor.NONE) {
      for (Scenario scenario : scenarios(protocol)) {
        Bed.Scenes scenes = bed.measure(scenario);
        keep(scenes);
        floor.nginx().ifPresent(nginx -> keep(bed.floor(scenario, nginx, scenes.halfLoad())));
      }
    }
  }

  /// nginx beside the server, or nothing where it is not installed.
  private record Floor(Optional<Nginx> nginx) implements AutoCloseable {
    static final Floor NONE = new Floor(Optional.empty());

    @Override
    public void close() {
      nginx.ifPresent(Nginx::close);
    }
  }

  private Floor floor(Chancery chancery) {
    Optional<Path> program = Nginx.installed();
    if (program.isEmpty()) {
      progress.say("nginx is not installed: the floor is left out");
    }
    return new Floor(
        program.map(path ->
            Nginx.start(path, chancery.serverChain(), chancery.serverKey(), "A".repeat(1_000))));
  }

  private List<Chancery.Start> secondStarts(Path data, Protocol protocol) {
    List<Chancery.Start> starts = new ArrayList<>();
    for (int i = 1; i <= settings.starts(); i++) {
      progress.begin("second start, " + i + " of " + settings.starts());
      try (Chancery chancery = Chancery.start(settings.script(), data, scenarios(protocol))) {
        starts.add(chancery.start());
      }
    }
    return starts;
  }
}
