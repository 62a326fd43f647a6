package dev.chancery.bench;

import dev.chancery.bench.Findings.Check;
import dev.chancery.bench.Measurement.ThreadShare;
import dev.chancery.pki.certificate.Certificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/// One run of all measurements, from an empty data folder to the findings.
final class Run {
  /// How many devices renew; each connects as itself.
  private static final int DEVICES = 64;

  private static final int RAW_OPERATIONS = 50_000;
  private static final int SOAK_PARTS = 10;
  private static final int SOAK_RESET_EVERY = 10;

  /// Two blocks of warm-up that differ by less are the same; and the compiler, which goes on for
  /// long when it has to share the cores, may take no more of one.
  private static final double STABLE = 0.05;

  private static final double MEGABYTE = 1024 * 1024;

  private final Settings settings;
  private final Progress progress;
  private final List<Measurement> measurements = new ArrayList<>();
  private final List<Load.Sample> samples = new ArrayList<>();
  private long answered;

  Run(Settings settings, Progress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  Findings findings() {
    Path folder = settings.folder().orElseGet(() -> Programs.temporaryFolder("run"));
    progress.begin("raw signatures on one core");
    RawOperations raw = RawOperations.measure(RAW_OPERATIONS);
    progress.begin("first start");
    Path data = folder.resolve("data");
    double firstStart;
    Soak soak;
    Check check;
    Machine machine;
    try (Chancery chancery = Chancery.start(settings.script(), data)) {
      firstStart = chancery.untilReady().toNanos() / 1e6;
      machine = machine(data);
      String authorization = chancery.standingCredential();
      long before = chancery.certificates();
      List<Device> devices = enroll(chancery, authorization);
      try (Floor floor = floor(chancery)) {
        for (Scenario scenario : settings.scenarios()) {
          measure(chancery, scenario, devices, authorization);
          if (floor.nginx().isPresent()) {
            measure(floor.nginx().get(), scenario, devices, authorization);
          }
        }
      }
      soak = soak(chancery, devices);
      check = check(chancery, before);
    }
    List<Double> secondStarts = secondStarts(data);
    if (settings.folder().isEmpty()) {
      Programs.deleteFolder(folder);
    }
    return new Findings(machine, raw, measurements, soak, firstStart, secondStarts, check);
  }

  private Machine machine(Path data) {
    String version =
        Programs.output(List.of(settings.script().toString(), "--version"))
            .lines()
            .findFirst()
            .orElse("");
    return Machine.of(version, Nginx.installed().map(Nginx::version).orElse("not installed"), data);
  }

  /// The devices' first certificates, over one connection.
  private List<Device> enroll(Chancery chancery, String authorization) {
    List<Device> devices = new ArrayList<>();
    try (Connection connection = Connection.open(ClientTls.anonymous(), chancery.port())) {
      for (int number = 0; number < DEVICES; number++) {
        PreparedRequest request =
            PreparedRequest.prepare("simpleenroll", authorization, Device.namesOf(number));
        Answer answer = connection.send(request);
        if (answer.status() != 200) {
          throw new BenchException(
              "a device was answered " + answer.status() + ": " + answer.body());
        }
        answered++;
        devices.add(new Device(Device.namesOf(number), request.keyPair(), answer.certificate()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the devices cannot enroll", e);
    }
    return devices;
  }

  /// nginx beside the server, or nothing where it is not installed.
  private record Floor(Optional<Nginx> nginx) implements AutoCloseable {
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

  private void measure(
      Target target, Scenario scenario, List<Device> devices, String authorization) {
    boolean warmsUp = target instanceof Chancery;
    Source source = new Source(scenario, devices, authorization);
    Load load = load(target, scenario, devices, 0);
    progress.begin(target.name() + ", " + scenario.title() + ": warm-up");
    int warmUp = 0;
    Cost last = new Cost(Double.MAX_VALUE, 0);
    int most = warmsUp ? settings.warmUpBlocks().most() : 1;
    for (int block = 1; block <= most; block++) {
      Cost cost = run(target, load, source.next(settings.warmUpBlock()));
      warmUp += settings.warmUpBlock();
      boolean stable =
          Math.abs(cost.millis() - last.millis()) < STABLE * last.millis()
              && cost.compilerMillis() < STABLE * cost.millis();
      if (stable && block >= settings.warmUpBlocks().least()) {
        break;
      }
      last = cost;
    }
    List<PreparedRequest> requests = source.next(settings.requests());
    progress.begin(target.name() + ", " + scenario.title() + ": measuring");
    measurements.add(measured(target, scenario, load, requests, warmUp));
  }

  /// CPU per request, and the part of it that the JIT compiler took.
  private record Cost(double millis, double compilerMillis) {}

  private Cost run(Target target, Load load, List<PreparedRequest> requests) {
    Usage before = Usage.of(target.processes());
    count(target, load.run(requests));
    Usage after = Usage.of(target.processes());
    return new Cost(
        (after.cpuMillis() - before.cpuMillis()) / requests.size(),
        compiler(threads(before, after, requests.size())));
  }

  private static List<ThreadShare> threads(Usage before, Usage after, int requests) {
    return after.threadsSince(before).stream()
        .map(entry -> new ThreadShare(entry.getKey(), entry.getValue() / requests))
        .toList();
  }

  private static double compiler(List<ThreadShare> threads) {
    return threads.stream()
        .filter(thread -> thread.name().matches("C[12] Compiler.*"))
        .mapToDouble(ThreadShare::cpuMillis)
        .sum();
  }

  private Measurement measured(
      Target target, Scenario scenario, Load load, List<PreparedRequest> requests, int warmUp) {
    Usage before = Usage.of(target.processes());
    Load.Result result = load.run(requests);
    Usage after = Usage.of(target.processes());
    count(target, result);
    int count = requests.size();
    List<ThreadShare> threads = threads(before, after, count);
    Histogram latency = result.latency();
    return new Measurement(
        target.name(),
        scenario,
        count,
        (after.cpuMillis() - before.cpuMillis()) / count,
        compiler(threads),
        result.answered() / result.seconds(),
        latency.getValueAtPercentile(50) / 1e3,
        latency.getValueAtPercentile(99) / 1e3,
        latency.getValueAtPercentile(99.9) / 1e3,
        after.residentBytes() / MEGABYTE,
        after.fileDescriptors(),
        warmUp,
        threads);
  }

  private void count(Target target, Load.Result result) {
    if (target instanceof Chancery) {
      answered += result.answered();
      samples.addAll(result.samples());
    }
  }

  private Load load(Target target, Scenario scenario, List<Device> devices, int resetEvery) {
    List<ClientTls> identities =
        scenario.withCertificate()
            ? devices.stream().limit(identities(scenario)).map(ClientTls::as).toList()
            : List.of(ClientTls.anonymous());
    return new Load(
        target, scenario.newConnection(), identities, settings.workers(), resetEvery, progress);
  }

  /// On a connection that stays open a worker is one device all the time.
  private int identities(Scenario scenario) {
    return scenario.newConnection() ? DEVICES : settings.workers();
  }

  /// Makes requests that fit the identities of [Load]: renewals name what the device's certificate
  /// names, first enrollments name a new device each.
  private final class Source {
    private final Scenario scenario;
    private final List<Device> devices;
    private final String authorization;
    private int made = DEVICES;

    Source(Scenario scenario, List<Device> devices, String authorization) {
      this.scenario = scenario;
      this.devices = devices;
      this.authorization = authorization;
    }

    List<PreparedRequest> next(int count) {
      int first = made;
      made += count;
      return scenario.withCertificate()
          ? PreparedRequest.prepare(
              count,
              scenario.operation(),
              "",
              number -> devices.get(number % identities(scenario)).names())
          : PreparedRequest.prepare(
              count, scenario.operation(), authorization, number -> Device.namesOf(first + number));
    }
  }

  private Soak soak(Chancery chancery, List<Device> devices) {
    if (settings.soak() == 0) {
      return Soak.none();
    }
    Scenario scenario = Scenario.NEW_CERTIFICATE;
    Source source = new Source(scenario, devices, "");
    Load load = load(chancery, scenario, devices, SOAK_RESET_EVERY);
    List<Soak.Point> points = new ArrayList<>();
    int part = Math.max(1, settings.soak() / SOAK_PARTS);
    for (int i = 1; i <= SOAK_PARTS; i++) {
      progress.begin("soak, part " + i + " of " + SOAK_PARTS);
      count(chancery, load.run(source.next(part)));
      Usage usage = Usage.of(chancery.processes());
      points.add(
          new Soak.Point(i * part, usage.residentBytes() / MEGABYTE, usage.fileDescriptors()));
    }
    return new Soak(SOAK_PARTS * part, points);
  }

  /// Each certificate that a client got must be in the ledger, and be for the key it asked for.
  private Check check(Chancery chancery, long before) {
    progress.begin("comparing with the ledger");
    long stored = chancery.certificates() - before;
    if (stored != answered) {
      throw new BenchException(
          answered + " certificates were answered and " + stored + " are in the ledger");
    }
    for (Load.Sample sample : samples) {
      if (!sample
          .answer()
          .certificate()
          .subjectPublicKeyInfo()
          .equals(sample.request().publicKey())) {
        throw new BenchException("a certificate is for another key than the one asked for");
      }
    }
    List<Load.Sample> shown =
        IntStream.range(0, samples.size())
            .filter(i -> i % Math.max(1, samples.size() / 5) == 0)
            .mapToObj(samples::get)
            .toList();
    for (Load.Sample sample : shown) {
      Certificate certificate = sample.answer().certificate();
      String serial = certificate.serialNumber().toString();
      if (!chancery.command("cert", "show", serial).toString().contains(serial)) {
        throw new BenchException("the ledger does not show the certificate " + serial);
      }
    }
    return new Check(answered, stored, samples.size(), shown.size());
  }

  private List<Double> secondStarts(Path data) {
    List<Double> millis = new ArrayList<>();
    for (int i = 1; i <= settings.starts(); i++) {
      progress.begin("second start, " + i + " of " + settings.starts());
      try (Chancery chancery = Chancery.start(settings.script(), data)) {
        millis.add(chancery.untilReady().toNanos() / 1e6);
      }
    }
    return millis;
  }
}
