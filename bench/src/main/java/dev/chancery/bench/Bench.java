package dev.chancery.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
      "Close to 10 minutes; with --quick close to 1. Nothing else should run meanwhile."
    })
public final class Bench implements Callable<Integer> {
  /// The devices' number must be a multiple of the workers.
  private static final List<Integer> WORKERS = List.of(1, 2, 4, 8, 16, 32, 64);

  @Option(names = "--quick", description = "Few requests: shows that it works, not how fast it is.")
  private boolean quick;

  @Option(names = "--jmh", description = "Runs the micro-benchmark of the issue path instead.")
  private boolean jmh;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "new-certificate, new-password or keep-alive (repeatable; default: all).")
  private List<String> scenarios = new ArrayList<>();

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
      description = "Where the JSON goes (default: bench/target/bench.json).")
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
      Findings findings = new Run(settings(root), new Progress(System.err)).findings();
      Path json = output.orElseGet(() -> root.resolve("bench/target/bench.json"));
      Files.writeString(json, json(findings));
      System.out.print(new Report(findings).markdown());
      return 0;
    } catch (BenchException e) {
      System.err.println("bench: error: " + e.getMessage());
      return 1;
    }
  }

  private Settings settings(Path root) {
    List<Scenario> chosen =
        scenarios.stream()
            .map(id -> Scenario.find(id).orElseThrow(() -> usage("there is no scenario " + id)))
            .toList();
    if (!WORKERS.contains(workers)) {
      throw usage("workers are one of " + WORKERS);
    }
    return new Settings(
        root.resolve("chancery"),
        folder.map(Path::toAbsolutePath),
        chosen.isEmpty() ? List.of(Scenario.values()) : chosen,
        requests.orElse(quick ? 1_000 : 10_000),
        quick ? 500 : 2_500,
        quick ? new Settings.Range(1, 2) : new Settings.Range(2, 16),
        soak.orElse(quick ? 2_000 : 50_000),
        quick ? 2 : 5,
        workers);
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }

  private static String json(Findings findings) throws IOException {
    return new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(findings)
        + "\n";
  }
}
