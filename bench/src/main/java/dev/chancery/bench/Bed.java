package dev.chancery.bench;

import dev.chancery.bench.Findings.Check;
import dev.chancery.bench.Meter.Metered;
import dev.chancery.lab.ClientTls;
import dev.chancery.lab.LabException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// One server with the devices that enroll at it: measures the scenarios of one protocol.
final class Bed implements AutoCloseable {
  /// How many devices renew; each connects as itself.
  private static final int DEVICES = 64;

  private static final int SOAK_PARTS = 10;
  private static final int SOAK_RESET_EVERY = 10;
  private static final int CERTIFICATES_SHOWN = 5;

  /// Two blocks of warm-up that differ by less are the same; and the compiler, which goes on for
  /// long when it has to share the cores, may take no more of one.
  private static final double STABLE = 0.05;

  private final Settings settings;
  private final Progress progress;
  private final Chancery chancery;
  private final Credential credential;
  private final List<Device> devices;
  private final long certificatesBefore;
  private final List<Load.Sample> samples = new ArrayList<>();
  private long answered;

  private Bed(Settings settings, Progress progress, Chancery chancery) {
    this.settings = settings;
    this.progress = progress;
    this.chancery = chancery;
    this.credential = chancery.standingCredential();
    this.certificatesBefore = chancery.certificates();
    this.devices = enroll();
  }

  /// Starts a server on SQLite in `data` and enrolls the devices.
  ///
  /// @param scenarios all of one protocol
  static Bed start(Settings settings, Progress progress, Path data, List<Scenario> scenarios) {
    return start(settings, progress, Chancery.start(settings.script(), data, scenarios));
  }

  /// Enrolls the devices at a server.
  static Bed start(Settings settings, Progress progress, Chancery chancery) {
    try {
      return new Bed(settings, progress, chancery);
    } catch (RuntimeException e) {
      chancery.close();
      throw e;
    }
  }

  Chancery chancery() {
    return chancery;
  }

  /// The devices' first certificates, over one connection.
  private List<Device> enroll() {
    List<Device> enrolled = new ArrayList<>();
    try (Session session =
        HttpConnection.open(ClientTls.anonymous(), chancery.port(Protocol.EST))) {
      for (int number = 0; number < DEVICES; number++) {
        var names = Device.namesOf(number);
        var keyPair = KeyPairs.generate(KeyType.P_256);
        PreparedRequest request =
            EstRequests.enrollment("simpleenroll", credential.basic(), names, keyPair);
        Answer answer = session.send(request);
        request
            .problemOf(answer)
            .ifPresent(problem -> {
              throw new LabException("a device was answered " + problem);
            });
        answered++;
        enrolled.add(new Device(names, keyPair, request.certificateIn(answer)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the devices cannot enroll", e);
    }
    return enrolled;
  }

  /// What was found out about one scenario at one target.
  record Scenes(Measurement measurement, Optional<Paced> halfLoad) {}

  /// Measures `scenario` at the server, also at half of what it can do.
  Scenes measure(Scenario scenario) {
    try (Crowd crowd = crowd(scenario, chancery)) {
      Load load = load(scenario, crowd, 0);
      int warmUp = warmUp(scenario, load, crowd);
      Measurement measurement = measured(chancery, scenario, load, crowd, warmUp);
      if (settings.pacedSeconds() == 0) {
        return new Scenes(measurement, Optional.empty());
      }
      progress.begin(scenario.title() + ": at half load");
      Paced halfLoad = paced(chancery, scenario, load, crowd, measurement.perSecond() / 2);
      return new Scenes(measurement, Optional.of(halfLoad));
    }
  }

  private Paced paced(Target target, Scenario scenario, Load load, Crowd crowd, double pace) {
    int requests = (int) Math.max(settings.workers(), pace * settings.pacedSeconds());
    return paced(target, scenario, load, crowd.next(requests), pace);
  }

  private Paced paced(
      Target target, Scenario scenario, Load load, List<PreparedRequest> requests, double pace) {
    try (DiskProbe disk = DiskProbe.in(chancery.data())) {
      Metered metered = new Meter(target).run(load, requests, pace);
      if (target == chancery) {
        count(metered.result());
      }
      return Paced.of(target.name(), scenario, pace, metered, disk.longestMillis());
    }
  }

  /// Measures what the same requests cost nginx, also at the pace at which the server had them. The
  /// latter shows what client and machine do to latencies by themselves.
  ///
  /// @param halfLoad the server's
  Scenes floor(Scenario scenario, Nginx nginx, Optional<Paced> halfLoad) {
    try (Crowd crowd = crowd(scenario, nginx)) {
      Load load =
          new Load(
              nginx.name(),
              scenario.newConnection(),
              crowd.callers(),
              settings.workers(),
              0,
              progress);
      load.run(crowd.next(settings.warmUpBlock()));
      Measurement measurement = measured(nginx, scenario, load, crowd, settings.warmUpBlock());
      return new Scenes(
          measurement, halfLoad.map(own -> paced(nginx, scenario, load, crowd, own.perSecond())));
    }
  }

  private Crowd crowd(Scenario scenario, Target target) {
    return Crowd.of(scenario, target, devices, credential, settings.workers());
  }

  private Load load(Scenario scenario, Crowd crowd, int resetEvery) {
    return new Load(
        chancery.name(),
        scenario.newConnection(),
        crowd.callers(),
        settings.workers(),
        resetEvery,
        progress);
  }

  /// @return how many requests it took
  private int warmUp(Scenario scenario, Load load, Crowd crowd) {
    progress.begin(scenario.title() + ": warm-up");
    double last = Double.MAX_VALUE;
    int block = 0;
    while (block < settings.warmUpBlocks().most()) {
      block++;
      Metered metered =
          new Meter(chancery)
              .run(load, crowd.next(settings.warmUpBlock()), Load.AS_FAST_AS_IT_GOES);
      count(metered.result());
      double cost = metered.cost().millis();
      boolean stable =
          Math.abs(cost - last) < STABLE * last && metered.cost().compilerMillis() < STABLE * cost;
      if (stable && block >= settings.warmUpBlocks().least()) {
        break;
      }
      last = cost;
    }
    return block * settings.warmUpBlock();
  }

  private Measurement measured(
      Target target, Scenario scenario, Load load, Crowd crowd, int warmUp) {
    List<PreparedRequest> requests = crowd.next(settings.requests());
    progress.begin(target.name() + ", " + scenario.title() + ": measuring");
    Metered metered = new Meter(target).run(load, requests, Load.AS_FAST_AS_IT_GOES);
    if (target == chancery) {
      count(metered.result());
    }
    return Measurement.of(target.name(), scenario, metered, warmUp);
  }

  private void count(Load.Result result) {
    answered += result.answered();
    samples.addAll(result.samples());
  }

  /// Very many connections, a tenth of them without an end.
  Soak soak() {
    Scenario scenario = Scenario.NEW_CERTIFICATE;
    try (Crowd crowd = crowd(scenario, chancery)) {
      Load load = load(scenario, crowd, SOAK_RESET_EVERY);
      List<Soak.Point> points = new ArrayList<>();
      int part = Math.max(1, settings.soak() / SOAK_PARTS);
      for (int i = 1; i <= SOAK_PARTS; i++) {
        progress.begin("soak, part " + i + " of " + SOAK_PARTS);
        count(load.run(crowd.next(part)));
        points.add(new Meter(chancery).point(i * part));
      }
      return new Soak(SOAK_PARTS * part, points);
    }
  }

  /// A slice of the hour in which all devices come back.
  Paced burst() {
    Scenario scenario = Scenario.NEW_CERTIFICATE;
    try (Crowd crowd = crowd(scenario, chancery)) {
      List<PreparedRequest> requests =
          crowd.next((int) (Burst.perSecond() * settings.burstSeconds()));
      progress.begin("a slice of the hour in which a million devices come back");
      return paced(chancery, scenario, load(scenario, crowd, 0), requests, Burst.perSecond());
    }
  }

  /// Each certificate that a client got must be in the ledger, and be for the key it asked for.
  Check check() {
    progress.begin("comparing with the ledger");
    long stored = chancery.certificates() - certificatesBefore;
    if (stored != answered) {
      throw new LabException(
          answered + " certificates were answered and " + stored + " are in the ledger");
    }
    List<Certificate> compared =
        samples.stream().map(sample -> sample.request().certificateIn(sample.answer())).toList();
    List<Certificate> shown =
        IntStream.range(0, compared.size())
            .filter(i -> i % Math.max(1, compared.size() / CERTIFICATES_SHOWN) == 0)
            .mapToObj(compared::get)
            .toList();
    for (Certificate certificate : shown) {
      String serial = certificate.serialNumber().toString();
      if (!chancery.command("cert", "show", serial).toString().contains(serial)) {
        throw new LabException("the ledger does not show the certificate " + serial);
      }
    }
    return new Check(answered, stored, compared.size(), shown.size());
  }

  @Override
  public void close() {
    chancery.close();
  }
}
