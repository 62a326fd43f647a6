package dev.chancery.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.chancery.lab.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command line of `./faults/run`.
@Command(
    name = "faults/run",
    mixinStandardHelpOptions = true,
    description = {
      "Does harm to real servers while devices enrol, and proves that nothing is lost or doubled.",
      "The servers run on loopback, on small disks of their own. The report goes to stdout and, as"
          + " Markdown and JSON, into faults/target; what is going on to stderr. As root it can do"
          + " harm to disks; without, it leaves that out and says so.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 all well, 1 a promise was broken or the run could not go on, 2 wrong usage.",
      "A failed round prints its seed and the command that lives its life again."
    })
public final class Faults implements java.util.concurrent.Callable<Integer> {
  @Option(names = "--rounds", paramLabel = "N", description = "How many (default: 100).")
  private int rounds = 100;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = {
        "Decides harms, moments and loads (default: 1).",
        "Lives of 12 rounds have seeds that count on from it."
      })
  private long seed = 1;

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = {
        "Where the ledger is kept: sqlite (default) or postgresql.",
        "On postgresql, lives with an odd seed have two nodes."
      })
  private String store = "sqlite";

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "Lives at the same time (default: 2).")
  private int parallel = 2;

  @Option(
      names = "--only",
      paramLabel = "HARM",
      description = "Only this harm (repeatable); --list names them.")
  private List<String> only = new ArrayList<>();

  @Option(names = "--each", description = "Each harm once, in its quick form.")
  private boolean each;

  @Option(
      names = "--beside",
      paramLabel = "REF",
      description = {
        "An upgrade instead of harms: builds the version of that git ref, and runs it and this one"
            + " side by side on one PostgreSQL."
      })
  private Optional<String> beside = Optional.empty();

  @Option(
      names = "--patroni",
      description = {
        "Changes of the primary instead of harms: one node on three PostgreSQL under Patroni."
      })
  private boolean patroni;

  @Option(names = "--list", description = "Lists the harms and does none.")
  private boolean list;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Faults()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (list) {
      for (Harm harm : Harm.values()) {
        System.out.printf("%-20s %s%n", harm.id(), harm.what());
      }
      return 0;
    }
    Path root = Path.of(System.getProperty("chancery.root", "."));
    Path target = root.resolve("faults/target");
    try {
      if (beside.isPresent()) {
        return told(BesideRun.of(root, beside.get(), System.err), target);
      }
      if (patroni) {
        return told(PatroniRun.of(System.err), target);
      }
      Findings findings = Run.of(settings(target), System.err);
      String page = new Report(findings).markdown();
      Files.writeString(target.resolve("faults.json"), json(findings));
      Files.writeString(target.resolve("faults.md"), page);
      System.out.print(page);
      return findings.allWell() ? 0 : 1;
    } catch (LabException e) {
      System.err.println("faults: error: " + e.getMessage());
      return 1;
    }
  }

  private static int told(Story story, Path target) throws IOException {
    Files.writeString(target.resolve("story.json"), json(story));
    Files.writeString(target.resolve("story.md"), story.markdown());
    System.out.print(story.markdown());
    return story.allWell() ? 0 : 1;
  }

  private Settings settings(Path target) {
    Store chosen =
        Arrays.stream(Store.values())
            .filter(one -> one.id().equals(store))
            .findFirst()
            .orElseThrow(() -> usage("there is no store " + store));
    Set<Harm> harms =
        only.stream()
            .map(id -> Harm.find(id).orElseThrow(() -> usage("there is no harm " + id)))
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Harm.class)));
    if (rounds < 1 || parallel < 1) {
      throw usage("rounds and lives are 1 or more");
    }
    return new Settings(
        rounds,
        seed,
        chosen,
        parallel,
        harms.isEmpty() ? EnumSet.allOf(Harm.class) : harms,
        each,
        target.resolve("failed"));
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }

  private static String json(Object findings) throws IOException {
    return new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(findings)
        + "\n";
  }
}
