package dev.chancery.bench;

import dev.chancery.bench.Measurement.ThreadShare;
import java.util.List;
import java.util.OptionalLong;

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
  /// @param databaseMillis CPU of its database's processes per request
  /// @param compilerMillis the part of it that the JIT compiler took
  record Cost(
      double millis,
      double databaseMillis,
      double compilerMillis,
      double residentMegabytes,
      int fileDescriptors,
      List<ThreadShare> threads) {}

  /// A load and what it cost.
  record Metered(Load.Result result, Cost cost) {}

  Metered run(Load load, List<PreparedRequest> requests, double perSecond) {
    // The client's requests are made, and shall not be moved about while the clock runs.
    System.gc();
    Usage before = Usage.of(target.processes());
    double databaseBefore = databaseMillis();
    Load.Result result = load.run(requests, perSecond);
    Usage after = Usage.of(target.processes());
    double database = databaseMillis() - databaseBefore;
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
            database / count,
            compiler,
            after.residentBytes() / MEGABYTE,
            after.fileDescriptors(),
            threads));
  }

  private double databaseMillis() {
    OptionalLong database = target.database();
    return database.isPresent() ? Usage.cpuMillisOfFamily(database.getAsLong()) : 0;
  }

  /// Memory and file descriptors of the moment.
  Soak.Point point(int connections) {
    Usage usage = Usage.of(target.processes());
    return new Soak.Point(connections, usage.residentBytes() / MEGABYTE, usage.fileDescriptors());
  }
}
