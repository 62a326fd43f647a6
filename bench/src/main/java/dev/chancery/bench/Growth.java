package dev.chancery.bench;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.ledger.SqliteLedger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/// How things change as the ledger grows.
///
/// @param points from the smallest ledger to the largest
public record Growth(Machine machine, String database, int openCredentials, List<Point> points) {
  /// What was found at one size.
  ///
  /// @param loadedPerSecond with which the loader filled it; 0 if nothing was to be loaded
  /// @param gigabytes the ledger on disk
  /// @param readyMillis from the start of the server to ready
  /// @param bySerial looking one certificate up
  /// @param byNumber searching for the digits in a name, which few other names hold
  /// @param byName searching for a whole name, whose beginning all other names share
  /// @param enrollments the scenarios [#SCENARIOS]
  public record Point(
      int certificates,
      double loadedPerSecond,
      double gigabytes,
      double readyMillis,
      Times bySerial,
      Times byNumber,
      Times byName,
      List<Measurement> enrollments) {
    public Point {
      enrollments = List.copyOf(enrollments);
    }
  }

  /// Milliseconds.
  public record Times(double p50, double p99, double most) {}

  /// Those that are measured at each size.
  static final List<Scenario> SCENARIOS = List.of(Scenario.KEEP_ALIVE, Scenario.NEW_PASSWORD);

  /// As many as an operator sees on a page.
  private static final int FOUND_AT_MOST = 100;

  private static final int LOOKUPS = 20_000;

  /// So many times so many neighbours are looked for afterwards.
  private static final int SAMPLED_PAGES = 100;

  private static final int SEARCHES = 1_000;
  private static final int OPEN_CREDENTIALS = 50_000;

  public Growth {
    points = List.copyOf(points);
  }

  /// Measures at each of `sizes`, in one ledger that grows.
  ///
  /// @param sizes numbers of certificates, ascending
  static Growth measure(Settings settings, Progress progress, List<Integer> sizes) {
    Path folder = settings.folder().orElseGet(() -> Programs.temporaryFolder("growth"));
    Path data = folder.resolve("growth");
    progress.begin("first start");
    Chancery.start(settings.script(), data, SCENARIOS).close();
    Machine machine = Machine.of(settings.script(), data);
    LedgerLoader loader = new LedgerLoader(data, progress);
    loader.credentials(OPEN_CREDENTIALS);
    List<Point> points = new ArrayList<>();
    for (int size : sizes) {
      points.add(point(settings, progress, data, loader, size));
    }
    if (settings.folder().isEmpty()) {
      Programs.deleteFolder(folder);
    }
    return new Growth(machine, "SQLite", OPEN_CREDENTIALS, points);
  }

  private static Point point(
      Settings settings, Progress progress, Path data, LedgerLoader loader, int size) {
    long begun = System.nanoTime();
    int loaded = loader.certificates(size);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double gigabytes = Chancery.ledgerBytes(data) / 1e9;
    progress.begin("looking up and searching among " + size);
    Times bySerial;
    Times byNumber;
    Times byName;
    try (SqliteLedger ledger = SqliteLedger.open(data.resolve("ledger.db"))) {
      SplittableRandom random = new SplittableRandom(size);
      List<String> serials = new ArrayList<>();
      for (int page = 0; page < SAMPLED_PAGES; page++) {
        ledger
            .issuances(random.nextInt(size - SAMPLED_PAGES), SAMPLED_PAGES)
            .forEach(issuance -> serials.add(issuance.serial()));
      }
      // Numbers have gaps where devices have renewed.
      List<String> numbers =
          serials.stream()
              .filter(_serial -> random.nextInt(SAMPLED_PAGES) == 0)
              .flatMap(serial -> ledger.certificate("issuing", serial).stream())
              .map(record -> record.certificate().subject().toString().replaceAll("[^0-9]", ""))
              .filter(digits -> digits.length() >= 3)
              .toList();
      bySerial =
          times(
              LOOKUPS,
              () ->
                  ledger
                      .certificate("issuing", serials.get(random.nextInt(serials.size())))
                      .isPresent());
      byNumber = times(SEARCHES, () -> finds(ledger, numbers.get(random.nextInt(numbers.size()))));
      byName =
          times(
              SEARCHES,
              () -> finds(ledger, "bench-" + numbers.get(random.nextInt(numbers.size()))));
    }
    progress.begin("starting with " + size);
    List<Measurement> enrollments = new ArrayList<>();
    double readyMillis;
    try (Bed bed = Bed.start(settings, progress, data, SCENARIOS)) {
      readyMillis = millis(bed.chancery().untilReady());
      for (Scenario scenario : SCENARIOS) {
        enrollments.add(bed.measure(scenario).measurement());
      }
      bed.check();
    }
    return new Point(
        size,
        loaded == 0 ? 0 : loaded / seconds,
        gigabytes,
        readyMillis,
        bySerial,
        byNumber,
        byName,
        enrollments);
  }

  private static boolean finds(SqliteLedger ledger, String part) {
    CertificateQuery query =
        new CertificateQuery(
            Optional.of(part),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            FOUND_AT_MOST);
    return !ledger.certificates(query).isEmpty();
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  /// Does `search` so many times, after a tenth as many to warm up.
  ///
  /// @param search true if it found something, as it must
  private static Times times(int count, BooleanSupplier search) {
    Histogram nanos = new Histogram(3);
    for (int number = -count / 10; number < count; number++) {
      long begun = System.nanoTime();
      if (!search.getAsBoolean()) {
        throw new BenchException("a certificate that is in the ledger was not found");
      }
      if (number >= 0) {
        nanos.recordValue(System.nanoTime() - begun);
      }
    }
    return new Times(
        nanos.getValueAtPercentile(50) / 1e6,
        nanos.getValueAtPercentile(99) / 1e6,
        nanos.getMaxValue() / 1e6);
  }
}
