package dev.chancery.bench;

import dev.chancery.bench.Measurement.ThreadShare;
import java.util.List;

/// Reads what a target uses while a load runs.
final class Meter {
  private static final double MEGABYTE = 1024 * 1024;

  private final Target target;

  Meter(Target target) {
    this.target = target;
  }

  /// What a load cost.
  ///
  /// @param millis CPU per request
  /// @param compilerMillis the part of it that the JIT compiler took
  record Cost(
      double millis,
      double compilerMillis,
      double residentMegabytes,
      int fileDescriptors,
      List<ThreadShare> threads) {}

  /// A load and what it cost.
  record Metered(Load.Result result, Cost cost) {}

  Metered run(Load load, List<PreparedRequest> requests, double perSecond) {
    Usage before = Usage.of(target.processes());
    Load.Result result = load.run(requests, perSecond);
    Usage after = Usage.of(target.processes());
    int count = requests.size();
    List<ThreadShare> threads =
        after.threadsSince(before).stream()
            .map(entry -> new ThreadShare(entry.getKey(), entry.getValue() / count))
            .toList();
    double compiler =
        threads.stream()
            .filter(thread -> thread.name().matches("C[12] Compiler.*"))
            .mapToDouble(ThreadShare::cpuMillis)
            .sum();
    return new Metered(
        result,
        new Cost(
            (after.cpuMillis() - before.cpuMillis()) / count,
            compiler,
            after.residentBytes() / MEGABYTE,
            after.fileDescriptors(),
            threads));
  }

  /// Memory and file descriptors of the moment.
  Soak.Point point(int connections) {
    Usage usage = Usage.of(target.processes());
    return new Soak.Point(connections, usage.residentBytes() / MEGABYTE, usage.fileDescriptors());
  }
}
