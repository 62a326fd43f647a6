package dev.chancery.bench;

import dev.chancery.authority.Authority;
import dev.chancery.authority.EnrollmentRequest;
import dev.chancery.authority.EnrollmentRequest.Operation;
import dev.chancery.authority.Outcome;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.credential.SecretBox;
import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.profile.NameTemplate;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Profiles;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.requester.FailureLimit;
import dev.chancery.authority.requester.Requester;
import dev.chancery.ledger.SqliteLedger;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ProofOfPossession;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
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
      Path folder,
      Ledger ledger,
      Authority authority,
      Requester requester,
      List<Der> certificationRequests) {}

  @Setup(Level.Trial)
  public void prepare() {
    Path folder = Programs.temporaryFolder("issue");
    Clock clock = Clock.systemUTC();
    Ledger ledger =
        ledgerKind.equals("sqlite")
            ? SqliteLedger.open(folder.resolve("ledger.db"))
            : new ForgetfulLedger();
    Issuers issuers =
        Issuers.open(
            folder.resolve("issuers"),
            List.of(
                new IssuerSettings(
                    "issuing",
                    KeyType.P_256,
                    DistinguishedName.parse("CN=Bench Issuing CA"),
                    Duration.ofDays(1000),
                    DistinguishedName.parse("CN=Bench Root"),
                    Duration.ofDays(2000))),
            clock);
    SecretBox box = new SecretBox(new byte[SecretBox.KEY_BYTES]);
    Credentials.Created credential =
        new Credentials(ledger, box, clock)
            .create(
                new Credentials.Order(
                    Optional.empty(),
                    new EntitledNames.Within(
                        new NameSpace(List.of("CN=*,O=Bench"), List.of("dns:*.devices.example"))),
                    "device",
                    List.of(),
                    Integer.MAX_VALUE,
                    Duration.ofDays(1),
                    Optional.empty()),
                "bench");
    Requester requester =
        new CredentialAuthentication(ledger, box, clock, new FailureLimit(1_000, clock))
            .authenticate(
                endpoint(0),
                credential.credential().id(),
                credential.secret().getBytes(StandardCharsets.UTF_8),
                "127.0.0.1",
                Optional.empty());
    List<Der> requests =
        IntStream.range(0, REQUESTS)
            .parallel()
            .mapToObj(number ->
                CertificationRequestBuilder.builder(
                        Device.namesOf(number), KeyPairs.generate(KeyType.P_256))
                    .build()
                    .der())
            .toList();
    Profiles profiles = new Profiles(Map.of("device", profile()));
    bed =
        new Bed(
            folder, ledger, new Authority(ledger, issuers, profiles, clock), requester, requests);
  }

  private static Profile profile() {
    return new Profile(
        "device",
        List.of(KeyType.P_256),
        NameTemplate.AS_ENTITLED,
        List.of(KeyUsageBit.DIGITAL_SIGNATURE),
        List.of("1.3.6.1.5.5.7.3.2"),
        Duration.ofDays(90),
        Duration.ofMinutes(5),
        Optional.empty(),
        Profile.KeyReuse.ALLOWED,
        NameSpace.NOTHING,
        Set.of(),
        new Profile.Approval.Automatic(),
        Arrays.stream(Rule.values())
            .collect(Collectors.toMap(Function.identity(), Rule::defaultMode)));
  }

  /// The same request at another endpoint is another request; so few keys last for long.
  private static Endpoint endpoint(int round) {
    return new Endpoint(
        "est",
        round == 0 ? "" : "round-" + round,
        "issuing",
        "device",
        Endpoint.Authentication.EITHER,
        List.of(),
        List.of(),
        Duration.ZERO);
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
    Outcome outcome =
        at.authority()
            .enroll(
                new EnrollmentRequest(
                    endpoint(number / REQUESTS),
                    Operation.INITIAL,
                    at.requester(),
                    request.template(),
                    proof,
                    "bench-" + number));
    return switch (outcome) {
      case Outcome.Issued(var chain) -> CertsOnly.encode(List.of(chain.leaf()));
      case Outcome.Pending _pending -> throw new IllegalStateException("pending");
      case Outcome.Refused(var refusal) -> throw new IllegalStateException(refusal.sentence());
    };
  }

  @TearDown(Level.Trial)
  public void cleanUp() {
    Bed at = bed;
    if (at != null) {
      at.ledger().close();
      Programs.deleteFolder(at.folder());
    }
  }

  /// CPU milliseconds that this process takes for one issuance with SQLite, many at a time, once
  /// the compiler is done.
  static double millisOfCpu() {
    if (!(ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system)) {
      throw new BenchException("this Java platform does not tell the CPU time of a process");
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
      throw new BenchException("an issuance failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
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
      throw new BenchException("the micro-benchmark failed", e);
    }
  }
}
