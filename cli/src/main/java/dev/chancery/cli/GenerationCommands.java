package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery ca list`, `prepare`, `announce`, `activate` and `retire`: from one generation of a
/// CA's keys to the next.
final class GenerationCommands {
  private GenerationCommands() {}

  /// The generations.
  @Command(
      name = "list",
      description = "Lists the generations of the issuers' keys: what each is now, and until when.",
      footer = {"", "Examples:", "  chancery ca list", "  chancery ca list --issuer issuing"})
  static final class All extends ServerCommand {
    @Option(names = "--issuer", paramLabel = "NAME", description = "Only of this issuer.")
    private Optional<String> issuer = Optional.empty();

    @Override
    String command() {
      return "ca.list";
    }

    @Override
    void fill(ObjectNode arguments) {
      issuer.ifPresent(name -> arguments.put("issuer", name));
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      Table table =
          new Table(
              "GENERATION", "STATE", "ANNOUNCED", "ACTIVE", "RETIRED", "VALID TO", "ROOT", "KEY");
      for (JsonNode issuer : result.path("issuers")) {
        for (JsonNode one : issuer.path("generations")) {
          table.add(
              one.path("id").asText(),
              one.path("state").asText(),
              one.path("announcedFrom").asText(),
              one.path("activeFrom").asText(),
              one.path("retiredFrom").asText(),
              one.path("notAfter").asText(),
              one.path("rootSha256").asText().substring(0, 12),
              keyOf(one));
        }
      }
      table.print(terminal);
      for (JsonNode issuer : result.path("issuers")) {
        terminal.note(
            issuer.path("name").asText()
                + " needs another generation by "
                + issuer.path("due").asText()
                + (issuer.path("automatic").asBoolean()
                    ? " (rollover.steps: automatic)"
                    : " (rollover.steps: manual)"));
      }
    }

    private static String keyOf(JsonNode one) {
      String missing = joined(one.path("nodesWithoutKey"));
      return (one.path("keyHere").asBoolean() ? "here" : "NOT HERE")
          + (missing.isEmpty() ? "" : ", not on " + missing);
    }
  }

  /// One step. Its result is the generation as it is afterwards, or would be.
  abstract static class Step extends ServerCommand {
    @Parameters(paramLabel = "ISSUER", description = "The issuer's name, such as issuing.")
    private String issuer = "";

    @Option(
        names = "--dry-run",
        description = "Finds out whether it can be done, shows what would be, and changes nothing.")
    private boolean dryRun;

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("issuer", issuer).put("dryRun", dryRun);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      JsonNode one = result.path("generation");
      if (one.isMissingNode()) {
        terminal.result("a generation of " + result.path("issuer").asText() + " can be prepared");
      } else {
        terminal.result("generation " + one.path("id").asText());
        terminal.result("  state          " + one.path("state").asText());
        line(terminal, one, "announcedFrom", "announced from");
        line(terminal, one, "activeFrom", "active from   ");
        line(terminal, one, "retiredFrom", "retired from  ");
        terminal.result("  valid to       " + one.path("notAfter").asText());
        terminal.result("  root sha256    " + one.path("rootSha256").asText());
      }
      if (result.path("rootEndsEarlier").asBoolean()) {
        terminal.note(
            "the root ends before such a generation would: consider chancery ca prepare --new-root");
      }
      if (result.has("next")) {
        terminal.note(result.path("next").asText());
      }
      if (dryRun) {
        terminal.note("nothing was changed (--dry-run)");
      }
    }

    private static void line(Terminal terminal, JsonNode one, String field, String name) {
      if (one.has(field)) {
        terminal.result("  " + name + " " + one.path(field).asText());
      }
    }
  }

  /// Makes keys.
  @Command(
      name = "prepare",
      description = {
        "Makes the keys of the next generation. Nobody is told of them yet.",
        "With several nodes on one database, copy the files to the other nodes afterwards."
      },
      footer = {
        "",
        "Examples:",
        "  chancery ca prepare issuing",
        "  chancery ca prepare issuing --new-root --dry-run"
      })
  static final class Prepare extends Step {
    @Option(
        names = "--new-root",
        description = "Makes a new root too, and the links between it and the old one.")
    private boolean newRoot;

    @Override
    String command() {
      return "ca.prepare";
    }

    @Override
    void fill(ObjectNode arguments) {
      super.fill(arguments);
      arguments.put("newRoot", newRoot);
    }
  }

  /// A step at a time.
  abstract static class TimedStep extends Step {
    @Option(
        names = "--at",
        paramLabel = "TIME",
        description =
            "When, as in 2030-01-31 or 2030-01-31T12:00:00Z (default: as soon as all nodes can know).")
    private Optional<String> at = Optional.empty();

    @Option(
        names = "--force",
        description = "Does it although nodes have not reported that they have the key.")
    private boolean force;

    @Override
    void fill(ObjectNode arguments) {
      super.fill(arguments);
      at.ifPresent(time -> arguments.put("at", Lifetime.parseInstant(time).toString()));
      arguments.put("force", force);
    }
  }

  /// Tells clients.
  @Command(
      name = "announce",
      description =
          "Tells clients of the prepared generation: in EST's cacerts and SCEP's GetNextCACert.",
      footer = {"", "Example:", "  chancery ca announce issuing"})
  static final class Announce extends TimedStep {
    @Override
    String command() {
      return "ca.announce";
    }
  }

  /// Switches over.
  @Command(
      name = "activate",
      description = {
        "Lets the announced generation sign; the one before goes on living with its certificates.",
        "Can be given again with another time until that has come."
      },
      footer = {
        "",
        "Examples:",
        "  chancery ca activate issuing --dry-run",
        "  chancery ca activate issuing --at 2030-01-31T04:00:00Z"
      })
  static final class Activate extends TimedStep {
    @Override
    String command() {
      return "ca.activate";
    }
  }

  /// Ends one.
  @Command(
      name = "retire",
      description = {
        "Ends a generation that signs no more: its certificates count no longer, its CRL is not renewed.",
        "One that is only prepared or announced is withdrawn."
      },
      footer = {
        "",
        "Examples:",
        "  chancery ca retire issuing --generation 1 --dry-run",
        "  chancery ca retire issuing --generation 1"
      })
  static final class Retire extends Step {
    @Option(
        names = "--generation",
        paramLabel = "N",
        required = true,
        description = "Its number, as chancery ca list shows it.")
    private int generation;

    @Option(
        names = "--force",
        description = "Does it although certificates of it are valid: they are then worth nothing.")
    private boolean force;

    @Override
    String command() {
      return "ca.retire";
    }

    @Override
    void fill(ObjectNode arguments) {
      super.fill(arguments);
      arguments.put("generation", generation).put("force", force);
    }
  }
}
