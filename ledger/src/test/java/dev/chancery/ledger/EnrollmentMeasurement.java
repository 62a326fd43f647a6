package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateQuery;
import dev.chancery.authority.ledger.CommitResult;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.Transaction;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// Measures durable enrollments per second: `java … EnrollmentMeasurement WHERE COUNT ENROLLERS`,
/// where the ledger is in a folder or at `jdbc:postgresql://…`. Certificates are made beforehand,
/// with signatures that verify nothing.
final class EnrollmentMeasurement {
  private EnrollmentMeasurement() {}

  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    int enrollers = Integer.parseInt(arguments[2]);
    long begin = System.nanoTime();
    try (Ledger ledger = open(arguments[0])) {
      System.out.printf("open: %d ms%n", (System.nanoTime() - begin) / 1_000_000);
      String round = Long.toString(System.currentTimeMillis(), 36);
      ConcurrentLinkedQueue<Transaction> work = new ConcurrentLinkedQueue<>();
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < count; i++) {
          String name = round + "-" + i;
          work.add(
              Samples.enrollment(
                  name, "digest-" + name, Samples.record(unsigned(name), "credential:" + name)));
          executor.execute(() -> ledger.commit(Samples.adding(Samples.credential(name, 1))));
        }
      }
      long cpu = cpuTime();
      long writerCpu = writerTime();
      long start = System.nanoTime();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < enrollers; i++) {
        threads.add(
            Thread.startVirtualThread(() -> {
              for (var next = work.poll(); next != null; next = work.poll()) {
                if (!(ledger.commit(next) instanceof CommitResult.Committed)) {
                  throw new IllegalStateException("an enrollment conflicted");
                }
              }
            }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%d enrollments, %d enrollers: %.0f/s, %.1f µs CPU each, of which the writer %.1f%n",
          count,
          enrollers,
          count / seconds,
          (cpuTime() - cpu) / 1e3 / count,
          (writerTime() - writerCpu) / 1e3 / count);
      for (int i = 0; i < 3; i++) {
        long search = System.nanoTime();
        int found =
            ledger
                .certificates(
                    new CertificateQuery(
                        Optional.of(round + "-" + (count / 2 + i)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        100))
                .size();
        System.out.printf(
            "search: %d found in %.1f ms%n", found, (System.nanoTime() - search) / 1e6);
      }
    }
  }

  private static Ledger open(String where) throws IOException {
    if (where.startsWith("jdbc:")) {
      return Postgres.ledger(where, "measurement");
    }
    Path folder = Files.createDirectories(Path.of(where));
    return SqliteLedger.open(folder.resolve("ledger.db"));
  }

  private static Certificate unsigned(String name) {
    return new CertificateContent(
            SerialNumber.fresh(Instant.now()),
            DistinguishedName.parse("CN=Issuing CA"),
            Der.of(new byte[20]),
            Samples.NOW,
            Samples.NOW.plus(Duration.ofDays(90)),
            Samples.device(name),
            KEYS[Math.floorMod(name.hashCode(), KEYS.length)],
            new CertificateContent.Role.EndEntity(),
            List.of(),
            List.of("1.3.6.1.5.5.7.3.2"),
            List.of())
        .sign(SignatureAlgorithm.ECDSA_WITH_SHA256, _ -> new byte[71]);
  }

  private static final SubjectPublicKeyInfo[] KEYS =
      Stream.generate(Samples::freshKey).limit(4096).toArray(SubjectPublicKeyInfo[]::new);

  private static long cpuTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long writerTime() {
    var threads = ManagementFactory.getThreadMXBean();
    for (var info : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (info != null && info.getThreadName().equals("ledger-writer")) {
        return threads.getThreadCpuTime(info.getThreadId());
      }
    }
    return 0;
  }
}
