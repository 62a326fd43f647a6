package dev.chancery.bench;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.chancery.lab.LabException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command line of `./bench/run`.
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    description = {
      "Measures what an enrollment costs the server, beside nginx and bare signatures.",
      "Starts a server of its own on loopback, in a temporary data folder. The report goes to stdout,"
          + " the same as JSON to a file, and what is going on to stderr.",
      ""
    },
    footer = {
      "",
      "Less than 30 minutes; with --quick close to 4. Nothing else should run meanwhile."
    })
public final class Bench implements Callable<Integer> {
  /// The devices' number must be a multiple of the workers.
  private static final List<Integer> WORKERS = List.of(1, 2, 4, 8, 16, 32, 64);

  @Option(names = "--quick", description = "Few requests: shows that it works, not how fast it is.")
  private boolean quick;

  @Option(names = "--jmh", description = "Runs the micro-benchmark of the issue path instead.")
  private boolean jmh;

  @Option(
      names = "--growth",
      paramLabel = "SIZES",
      split = ",",
      description = {
        "Measures instead how things change as the ledger grows to so many certificates, such as"
            + " 10000,1000000,10000000: enrollments, lookups, searches, and the start.",
        "Filling takes about a minute and 1.8 GB for each million."
      })
  private List<Integer> growth = new ArrayList<>();

  @Option(
      names = "--growth-folder",
      paramLabel = "DIR",
      description = {
        "Keeps the filled ledgers there, and uses those that are there (default: a temporary"
            + " folder)."
      })
  private Optional<Path> growthFolder = Optional.empty();

  @Option(
      names = "--fill-only",
      description = "With --growth and --growth-folder: fills the ledgers and measures nothing.")
  private boolean fillOnly;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "What to measure (repeatable); \"keys\" for all that begin with key-.",
        "new-certificate, new-password, keep-alive, server-key: EST over TLS 1.3;",
        "coaps-new, coaps-open: EST over CoAP; scep: SCEP with RSA-2048;",
        "key-p-256, key-rsa-2048, key-rsa-3072, key-ed25519, key-ml-dsa-65: EST with such keys"
            + " (only if asked for; default: all others)."
      })
  private List<String> scenarios = new ArrayList<>();

  @Option(
      names = "--without-postgresql",
      description =
          "Measures on SQLite only. Otherwise EST and SCEP are measured on PostgreSQL too, which"
              + " runs in a temporary folder.")
  private boolean withoutPostgresql;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "Measured per scenario, after warm-up (default: 10000).")
  private Optional<Integer> requests = Optional.empty();

  @Option(
      names = "--soak",
      paramLabel = "N",
      description = "Connections of the soak; 0 leaves it out (default: 50000).")
  private Optional<Integer> soak = Optional.empty();

  @Option(
      names = "--burst",
      paramLabel = "SECONDS",
      description =
          "How much is measured of an hour in which a million devices come back; 0 leaves it out"
              + " (default: 60; 0 with --scenario).")
  private Optional<Integer> burst = Optional.empty();

  @Option(
      names = "--agent",
      paramLabel = "N",
      description =
          "Certificates that the agent watches; 0 leaves it out (default: 10000; 0 with"
              + " --scenario).")
  private Optional<Integer> agent = Optional.empty();

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "16",
      description = "Requests under way at the same time: a power of 2 up to 64 (default: 16).")
  private int workers = 16;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "Keeps the server's data and log there (default: a temporary folder).")
  private Optional<Path> folder = Optional.empty();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Where the JSON goes, with a picture beside it (default: bench/target/bench.json, or"
              + " growth.json).")
  private Optional<Path> output = Optional.empty();

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Path root = Path.of(System.getProperty("chancery.root", "."));
    if (jmh) {
      return IssuePathBenchmark.run(quick);
    }
    try {
      Progress progress = new Progress(System.err);
      if (growth.isEmpty()) {
        Findings findings = new Run(settings(root), progress).findings();
        write(root, "bench", findings, Plot.ofCost(findings));
        System.out.print(new Report(findings).markdown());
      } else {
        if (growth.stream().anyMatch(size -> size < 1_000)) {
          throw usage("a ledger grows to 1000 certificates at least");
        }
        if (fillOnly && growthFolder.isEmpty()) {
          throw usage("--fill-only needs --growth-folder");
        }
        List<Integer> sizes = growth.stream().sorted().distinct().toList();
        Settings settings = settings(root);
        Optional<Path> kept = growthFolder.map(Path::toAbsolutePath);
        if (fillOnly) {
          sizes.forEach(size -> GrowthBed.at(settings, progress, kept.orElseThrow(), size));
          return 0;
        }
        Growth findings =
            Growth.measure(
                settings.shorter(0),
                progress,
                sizes,
                kept,
                soFar -> write(root, "growth", soFar, Plot.ofGrowth(soFar)));
        System.out.print(new GrowthReport(findings).markdown());
      }
      return 0;
    } catch (LabException e) {
      System.err.println("bench: error: " + e.getMessage());
      return 1;
    }
  }

  private Settings settings(Path root) {
    List<Scenario> chosen = scenarios.stream().flatMap(this::scenarios).distinct().toList();
    boolean all = chosen.isEmpty();
    if (!WORKERS.contains(workers)) {
      throw usage("workers are one of " + WORKERS);
    }
    return new Settings(
        root.resolve("chancery"),
        folder.map(Path::toAbsolutePath),
        all ? Scenario.byDefault() : chosen,
        !withoutPostgresql,
        requests.orElse(quick ? 1_000 : 10_000),
        quick ? 500 : 2_500,
        quick ? new Settings.Range(1, 2) : new Settings.Range(2, 12),
        soak.orElse(quick ? 2_000 : 50_000),
        quick ? 2 : 15,
        burst.orElse(all ? (quick ? 5 : 60) : 0),
        quick ? 2 : 5,
        workers,
        agent.orElse(all ? (quick ? 500 : 10_000) : 0),
        quick ? 5 : 60);
  }

  private Stream<Scenario> scenarios(String name) {
    return name.equals("keys")
        ? Arrays.stream(Scenario.values()).filter(scenario -> scenario.id().startsWith("key-"))
        : Stream.of(Scenario.find(name).orElseThrow(() -> usage("there is no scenario " + name)));
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }

  /// The figures as JSON, and a picture of them beside it.
  private void write(Path root, String name, Object findings, String svg) {
    Path json = output.orElseGet(() -> root.resolve("bench/target/" + name + ".json"));
    Path picture =
        json.resolveSibling(json.getFileName().toString().replaceAll("\\.json$", "") + ".svg");
    try {
      Files.writeString(json, json(findings));
      Files.writeString(picture, svg);
    } catch (IOException e) {
      throw new UncheckedIOException("the findings cannot be written to " + json, e);
    }
  }

  private static String json(Object findings) throws IOException {
    SimpleModule optionals = new SimpleModule();
    optionals.addSerializer(new ValueOrNull());
    return new ObjectMapper()
            .registerModule(optionals)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(findings)
        + "\n";
  }

  /// An [Optional] in JSON.
  private static final class ValueOrNull extends StdSerializer<Optional<?>> {
    private static final long serialVersionUID = 1L;

    ValueOrNull() {
      super(Optional.class, false);
    }

    @Override
    public void serialize(Optional<?> value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      if (value.isPresent()) {
        provider.defaultSerializeValue(value.get(), json);
      } else {
        json.writeNull();
      }
    }
  }
}
