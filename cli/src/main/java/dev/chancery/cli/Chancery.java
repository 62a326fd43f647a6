package dev.chancery.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The root of the commands, with the options that all of them have.
@Command(
    name = "chancery",
    versionProvider = Version.class,
    description = "Enrolls devices, services and people for certificates.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not yet (pending); enroll has more.",
      "",
      "Examples:",
      "  chancery serve",
      "  chancery credential create --subject CN=device-1 --san dns:device-1.example",
      "  chancery cert list --expires-within 30d"
    })
final class Chancery implements Callable<Integer> {
  /// How results are written.
  enum Output {
    TEXT,
    JSON
  }

  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      defaultValue = "${env:CHANCERY_DATA:-./chancery-data}",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "The server's data folder (default: $CHANCERY_DATA, else ./chancery-data).")
  private Path data = Path.of("chancery-data");

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      scope = ScopeType.INHERIT,
      defaultValue = "text",
      description = "text or json (default: text).")
  private Output output = Output.TEXT;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this.")
  @SuppressWarnings("UnusedVariable") // picocli acts upon it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts upon it
  private boolean version;

  Chancery(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  /// The data folder, without a leading `./`, since socket paths are limited in length.
  Path data() {
    return data.normalize();
  }

  boolean json() {
    return output == Output.JSON;
  }

  @Override
  public Integer call() {
    return missingCommand(spec, terminal);
  }

  /// Answers a command group that was called without one of its commands.
  static int missingCommand(CommandSpec spec, Terminal terminal) {
    terminal.error(
        "a command is missing: " + String.join(", ", visibleSubcommands(spec)),
        spec.qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private static List<String> visibleSubcommands(CommandSpec spec) {
    return spec.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(command -> !command.usageMessage().hidden())
        .map(CommandSpec::name)
        .toList();
  }
}
