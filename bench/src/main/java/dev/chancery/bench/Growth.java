package dev.chancery.bench;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.ledger.SqliteLedger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// How things change as the ledger grows.
///
/// @param points from the smallest ledger to the largest
public record Growth(Machine machine, String database, int openCredentials, List<Point> points) {
  /// What was found at one size.
  ///
  /// @param loadedPerSecond with which the loader filled it, without the search index
  /// @param indexSeconds that the search index took
  /// @param gigabytes the ledger on disk
  /// @param readyMillis from the start of the server to ready
  /// @param bySerial looking one certificate up
  /// @param byCredential looking one of the open credentials up
  /// @param searches for parts of names, by what is looked for; at most 100 are found
  /// @param enrollments the scenarios [#SCENARIOS]
  /// @param crl the list of every tenth certificate
  /// @param backupSeconds a backup while the server runs
  public record Point(
      int certificates,
      double loadedPerSecond,
      double indexSeconds,
      double gigabytes,
      double readyMillis,
      Times bySerial,
      Times byCredential,
      List<Search> searches,
      List<Measurement> enrollments,
      RevocationLoad crl,
      Optional<Double> backupSeconds) {
    public Point {
      searches = List.copyOf(searches);
      enrollments = List.copyOf(enrollments);
    }

    private Point with(Optional<Double> backup) {
      return new Point(
          certificates,
          loadedPerSecond,
          indexSeconds,
          gigabytes,
          readyMillis,
          bySerial,
          byCredential,
          searches,
          enrollments,
          crl,
          backup);
    }

    /// On disk, for everything that is kept about a certificate.
    public double bytesEach() {
      return 1e9 * gigabytes / certificates;
    }

    /// The slowest kind of search.
    double searchP99() {
      return searches.stream().mapToDouble(search -> search.times().p99()).max().orElse(0);
    }
  }

  /// How long it takes to search the inventory for a part of a name.
  public record Search(String what, Times times) {}

  /// Milliseconds.
  public record Times(double p50, double p99, double most) {}

  /// Those that are measured at each size.
  static final List<Scenario> SCENARIOS = List.of(Scenario.KEEP_ALIVE, Scenario.NEW_PASSWORD);

  /// As many as an operator sees on a page.
  private static final int FOUND_AT_MOST = 100;

  private static final int LOOKUPS = 20_000;

  /// So many times so many neighbours are looked for afterwards.
  private static final int SAMPLED_PAGES = 100;

  private static final int SEARCHES = 400;

  /// Newer ones than these are the devices' that enroll here.
  private static final int SAMPLED_CREDENTIALS = 10_000;

  public Growth {
    points = List.copyOf(points);
  }

  /// Measures at each of `sizes`, each in a ledger of its own.
  ///
  /// @param sizes numbers of certificates, ascending
  /// @param kept where filled ledgers are kept; empty to throw them away
  /// @param soFar gets what has been found each time that something is: large ledgers take long,
  ///   and their backup may take longest
  static Growth measure(
      Settings settings,
      Progress progress,
      List<Integer> sizes,
      Optional<Path> kept,
      Consumer<Growth> soFar) {
    Path folder = kept.orElseGet(() -> Folders.temporary("chancery-bench-growth"));
    Machine machine = Machine.of(settings.script(), folder);
    List<Point> points = new ArrayList<>();
    for (int size : sizes) {
      GrowthBed filled = GrowthBed.at(settings, progress, folder, size);
      Consumer<Point> withoutBackup =
          point -> soFar.accept(new Growth(machine, points, Optional.of(point)));
      points.add(point(settings, progress, filled, size, withoutBackup));
      soFar.accept(new Growth(machine, points, Optional.empty()));
    }
    if (kept.isEmpty()) {
      Folders.delete(folder);
    }
    return new Growth(machine, points, Optional.empty());
  }

  private Growth(Machine machine, List<Point> points, Optional<Point> last) {
    this(
        machine,
        "SQLite",
        GrowthBed.OPEN_CREDENTIALS,
        Stream.concat(points.stream(), last.stream()).toList());
  }

  private static Point point(
      Settings settings,
      Progress progress,
      GrowthBed filled,
      int size,
      Consumer<Point> withoutBackup) {
    Path data = filled.data();
    double gigabytes = Chancery.ledgerBytes(data) / 1e9;
    progress.begin("looking up and searching among " + size);
    Samples samples;
    Times bySerial;
    Times byCredential;
    List<Search> searches;
    try (SqliteLedger ledger = SqliteLedger.open(data.resolve("ledger.db"))) {
      samples = Samples.of(ledger, size);
      bySerial = times(LOOKUPS, () -> ledger.certificate("issuing", samples.serial()).isPresent());
      byCredential = times(LOOKUPS, () -> ledger.credential(samples.credential()).isPresent());
      searches =
          List.of(
              new Search("the digits in a name", searched(ledger, samples::number)),
              new Search("a whole name", searched(ledger, () -> "bench-" + samples.number())),
              new Search("three digits", searched(ledger, () -> samples.number().substring(0, 3))),
              new Search("what all names share", searched(ledger, () -> "bench")),
              new Search(
                  "a name that is not there",
                  missed(ledger, () -> "bench-" + samples.number() + "-x")));
    }
    progress.begin("starting with " + size);
    List<Measurement> enrollments = new ArrayList<>();
    // The first start publishes the CRL, which happens once.
    Chancery.start(settings.script(), data, SCENARIOS).close();
    try (Bed bed = Bed.start(settings, progress, data, SCENARIOS)) {
      for (Scenario scenario : SCENARIOS) {
        enrollments.add(bed.measure(scenario).measurement());
      }
      bed.check();
      progress.begin("publishing the CRL");
      RevocationLoad crl =
          RevocationLoad.measure(bed.chancery(), samples.notRevoked(), samples.revoked());
      Point point =
          new Point(
              size,
              filled.filling().perSecond(),
              filled.filling().indexSeconds(),
              gigabytes,
              bed.chancery().start().millis(),
              bySerial,
              byCredential,
              searches,
              enrollments,
              crl,
              Optional.empty());
      withoutBackup.accept(point);
      progress.begin("backing up");
      return point.with(bed.chancery().backup(data.resolveSibling(data.getFileName() + "-backup")));
    }
  }

  /// What is looked for: certificates from anywhere in the ledger.
  private record Samples(
      SplittableRandom random,
      List<String> serials,
      List<String> numbers,
      List<String> credentials,
      String notRevoked,
      long revoked) {
    static Samples of(SqliteLedger ledger, int size) {
      SplittableRandom random = new SplittableRandom(size);
      List<String> serials = new ArrayList<>();
      for (int page = 0; page < SAMPLED_PAGES; page++) {
        ledger
            .issuances(ledger.node(), random.nextInt(size - SAMPLED_PAGES), SAMPLED_PAGES)
            .forEach(issuance -> serials.add(issuance.serial()));
      }
      // Numbers have gaps where devices have renewed.
      List<String> numbers =
          serials.stream()
              .filter(_serial -> random.nextInt(SAMPLED_PAGES / 4) == 0)
              .flatMap(serial -> ledger.certificate("issuing", serial).stream())
              .map(record -> record.certificate().subject().toString().replaceAll("[^0-9]", ""))
              .filter(digits -> digits.length() >= 3)
              .toList();
      List<String> credentials =
          ledger.credentials(SAMPLED_CREDENTIALS).stream().map(record -> record.id()).toList();
      String notRevoked =
          serials.stream()
              .filter(serial ->
                  ledger.certificate("issuing", serial).orElseThrow().revocation().isEmpty())
              .findFirst()
              .orElseThrow();
      return new Samples(
          random, serials, numbers, credentials, notRevoked, ledger.revokedCount("issuing"));
    }

    private String one(List<String> of) {
      return of.get(random.nextInt(of.size()));
    }

    String serial() {
      return one(serials);
    }

    String number() {
      return one(numbers);
    }

    String credential() {
      return one(credentials);
    }
  }

  private static Times searched(SqliteLedger ledger, Supplier<String> part) {
    return times(SEARCHES, () -> finds(ledger, part.get()));
  }

  private static Times missed(SqliteLedger ledger, Supplier<String> part) {
    return times(SEARCHES, () -> !finds(ledger, part.get()));
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

  /// Does `search` so many times, after a tenth as many to warm up.
  ///
  /// @param search true if it found what it must
  private static Times times(int count, BooleanSupplier search) {
    Histogram nanos = new Histogram(3);
    for (int number = -count / 10; number < count; number++) {
      long begun = System.nanoTime();
      if (!search.getAsBoolean()) {
        throw new LabException("a search did not find what is in the ledger, or something else");
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
