package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.configuration.Configuration;
import dev.chancery.server.configuration.Risk;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `chancery config …`: the settings in chancery.yaml.
@Command(
    name = "config",
    description = "Checks and shows the settings in chancery.yaml.",
    subcommands = {ConfigurationCommands.Check.class, ConfigurationCommands.Show.class})
final class ConfigurationCommands extends CommandGroup {
  /// Says whether a server would start with the file.
  @Command(
      name = "check",
      description =
          "Checks chancery.yaml: names everything that is wrong with it, and the risks that it takes.",
      footer = {
        "",
        "Examples:",
        "  chancery config check",
        "  chancery config check --file new.yaml"
      })
  static final class Check extends Subcommand implements Callable<Integer> {
    @Option(
        names = "--file",
        paramLabel = "FILE",
        description = "The file (default: chancery.yaml in the data folder).")
    private Optional<Path> file = Optional.empty();

    @Override
    public Integer call() throws ConfigurationException {
      Path checked = file.orElseGet(() -> inDataFolder(chancery()));
      List<Risk> risks = Configuration.load(checked).risks();
      if (chancery().json()) {
        ObjectNode result = Json.object().put("file", checked.toString()).put("ok", true);
        ArrayNode array = result.putArray("risks");
        risks.forEach(
            risk -> array.addObject().put("where", risk.where()).put("what", risk.what()));
        chancery().terminal().result(result);
      } else {
        chancery().terminal().result(checked + " is sound");
        risks.forEach(risk -> chancery().terminal().result("risk: " + risk.sentence()));
      }
      return ExitCode.DONE;
    }
  }

  /// The settings in force, defaults included.
  @Command(
      name = "show",
      description = "Shows every setting with its value, defaults included.",
      footer = {"", "Examples:", "  chancery config show", "  chancery config show --reference"})
  static final class Show extends Subcommand implements Callable<Integer> {
    @Option(
        names = "--reference",
        description = "Shows what every setting means instead, as Markdown.")
    private boolean reference;

    @Override
    public Integer call() throws ConfigurationException {
      String text =
          reference
              ? Configuration.reference()
              : Configuration.load(inDataFolder(chancery())).show();
      if (chancery().json()) {
        chancery().terminal().result(Json.object().put("yaml", text));
      } else {
        chancery().terminal().result(text.stripTrailing());
      }
      return ExitCode.DONE;
    }
  }

  private static Path inDataFolder(Chancery chancery) {
    return chancery.data().resolve("chancery.yaml");
  }
}
