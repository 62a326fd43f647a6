package dev.chancery.bench;

import java.util.List;

/// What a scenario cost a target, after warm-up.
///
/// @param requests all granted
/// @param cpuMillis CPU of the server's processes per request
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

  static Measurement of(String target, Scenario scenario, Meter.Metered metered, int warmUp) {
    Load.Result result = metered.result();
    Meter.Cost cost = metered.cost();
    return new Measurement(
        target,
        scenario,
        result.answered(),
        cost.millis(),
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
