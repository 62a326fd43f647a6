package dev.chancery.bench;

import dev.chancery.authority.ledger.Ledger;
import dev.chancery.lab.Folders;
import dev.chancery.lab.LabException;
import dev.chancery.ledger.SqliteLedger;
import dev.chancery.pki.Der;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// The issue path without TLS and HTTP: parse a certification request, check its proof of
/// possession, let the authority decide, sign and store, encode the answer. Once with a ledger that
/// forgets, once with the real one. Many threads, because the real ledger writes for all that wait.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Threads(IssuePathBenchmark.THREADS)
@Warmup(iterations = 5, time = 4)
@Measurement(iterations = 5, time = 4)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-XX:+UseSerialGC",
      "-Xmx512m"
    })
public class IssuePathBenchmark {
  private static final int REQUESTS = 10_000;
  static final int THREADS = 16;
  private static final int WARM_UP = 64_000;
  private static final int MEASURED = 32_000;

  /// `none` forgets everything; `sqlite` is the server's.
  @Param({"none", "sqlite"})
  private String ledgerKind = "none";

  private final AtomicInteger next = new AtomicInteger();
  private @Nullable Bed bed;

  /// Everything that an enrollment needs.
  private record Bed(
      Path folder, Ledger ledger, LocalAuthority authority, List<Der> certificationRequests) {}

  @Setup(Level.Trial)
  public void prepare() {
    Path folder = Folders.temporary("chancery-bench-issue");
    Ledger ledger =
        ledgerKind.equals("sqlite")
            ? SqliteLedger.open(folder.resolve("ledger.db"))
            : new ForgetfulLedger();
    List<Der> requests =
        IntStream.range(0, REQUESTS)
            .parallel()
            .mapToObj(number ->
                CertificationRequestBuilder.builder(
                        Device.namesOf(number), KeyPairs.generate(KeyType.P_256))
                    .build()
                    .der())
            .toList();
    bed = new Bed(folder, ledger, LocalAuthority.open(folder, ledger), requests);
  }

  @Benchmark
  public byte[] issue() {
    Bed at = bed;
    if (at == null) {
      throw new IllegalStateException("not prepared");
    }
    int number = next.getAndIncrement();
    byte[] der = at.certificationRequests().get(number % REQUESTS).toByteArray();
    CertificationRequest request = CertificationRequest.parse(der);
    ProofOfPossession proof = ProofOfPossession.verify(request);
    // The same request at another endpoint is another request; so few keys last for long.
    return CertsOnly.encode(
        List.of(
            at.authority().issue(number / REQUESTS, request.template(), proof, "bench-" + number)));
  }

  @TearDown(Level.Trial)
  public void cleanUp() {
    Bed at = bed;
    if (at != null) {
      at.ledger().close();
      Folders.delete(at.folder());
    }
  }

  /// CPU milliseconds that this process takes for one issuance with SQLite, many at a time, once
  /// the compiler is done.
  static double millisOfCpu() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system)) {
      throw new LabException("this Java platform does not tell the CPU time of a process");
    }
    IssuePathBenchmark benchmark = new IssuePathBenchmark();
    benchmark.ledgerKind = "sqlite";
    benchmark.prepare();
    try {
      benchmark.issueMany(WARM_UP);
      long before = system.getProcessCpuTime();
      benchmark.issueMany(MEASURED);
      return (system.getProcessCpuTime() - before) / 1e6 / MEASURED;
    } finally {
      benchmark.cleanUp();
    }
  }

  private void issueMany(int count) {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        done.add(
            threads.submit(() -> {
              for (int i = 0; i < count / THREADS; i++) {
                issue();
              }
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new LabException("an issuance failed", e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Runs it and prints JMH's own table.
  static int run(boolean quick) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(IssuePathBenchmark.class.getName())
            .resultFormat(ResultFormatType.JSON)
            .result("bench/target/jmh.json");
    if (quick) {
      options.warmupIterations(1).measurementIterations(1).measurementTime(TimeValue.seconds(1));
    }
    try {
      new Runner(options.build()).run();
      return 0;
    } catch (RunnerException e) {
      throw new LabException("the micro-benchmark failed", e);
    }
  }
}
