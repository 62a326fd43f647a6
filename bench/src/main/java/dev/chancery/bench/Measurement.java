package dev.chancery.bench;

import java.util.List;
import java.util.Optional;

/// What a scenario cost a target, after warm-up.
///
/// @param requests all granted
/// @param cpuMillis CPU of the server's processes per request
/// @param databaseMillis CPU of the database's processes per request, where it has its own
/// @param compilerMillis the part of it that went into compiling Java to machine code, which ends
///   when the program has run for longer
/// @param perSecond requests per second of wall time, on a machine shared with the client
/// @param warmUp how many requests went before
/// @param threads where the CPU went, in milliseconds per request, the busiest first
public record Measurement(
    String target,
    Scenario scenario,
    int requests,
    double cpuMillis,
    double databaseMillis,
    double compilerMillis,
    double perSecond,
    double p50Millis,
    double p99Millis,
    double p999Millis,
    double residentMegabytes,
    int fileDescriptors,
    int warmUp,
    List<ThreadShare> threads) {
  /// A thread's, or a pool's, part.
  public record ThreadShare(String name, double cpuMillis) {}

  public Measurement {
    threads = List.copyOf(threads);
  }

  /// What a server is to be capable of on two cores, if somebody has said.
  Optional<Double> targetPerSecond() {
    return switch (target) {
      case Chancery.ON_SQLITE ->
          switch (scenario) {
            case KEEP_ALIVE -> Optional.of(2_000.0);
            case NEW_CERTIFICATE -> Optional.of(700.0);
            default -> Optional.empty();
          };
      case Chancery.ON_POSTGRESQL ->
          scenario == Scenario.KEEP_ALIVE ? Optional.of(1_200.0) : Optional.empty();
      default -> Optional.empty();
    };
  }

  static Measurement of(String target, Scenario scenario, Meter.Metered metered, int warmUp) {
    Load.Result result = metered.result();
    Meter.Cost cost = metered.cost();
    return new Measurement(
        target,
        scenario,
        result.answered(),
        cost.millis(),
        cost.databaseMillis(),
        cost.compilerMillis(),
        result.perSecond(),
        result.millisAt(50),
        result.millisAt(99),
        result.millisAt(99.9),
        cost.residentMegabytes(),
        cost.fileDescriptors(),
        warmUp,
        cost.threads());
  }
}
