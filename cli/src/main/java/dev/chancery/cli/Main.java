package dev.chancery.cli;

import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.StartException;
import dev.chancery.server.admin.AdminUnreachableException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The entry point: reads the command line, runs the command, and turns what went wrong into two
/// lines and an exit code.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /// Runs one command line and returns its exit code.
  static int run(Terminal terminal, String... arguments) {
    return commandLine(terminal, RootCommand.neededFor(arguments)).execute(arguments);
  }

  /// The root with `commands` below it, ready to be executed or documented.
  static CommandLine commandLine(Terminal terminal, List<RootCommand> commands) {
    CommandLine commandLine = new CommandLine(new Chancery(terminal));
    commands.forEach(command -> commandLine.addSubcommand(command.name(), command.type()));
    return commandLine
        .setOut(terminal.out())
        .setErr(terminal.err())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100)
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setParameterExceptionHandler((e, _) -> wrongUsage(terminal, e))
        .setExecutionExceptionHandler((e, _, _) -> failed(terminal, e))
        .setExitCodeExceptionMapper(_ -> ExitCode.FAILED);
  }

  private static int wrongUsage(Terminal terminal, ParameterException e) {
    if (e.getCause() instanceof FailedException cause) {
      terminal.error(cause.what(), cause.hint());
    } else {
      String command = e.getCommandLine().getCommandSpec().qualifiedName();
      terminal.error(
          inOurStyle(Objects.requireNonNullElse(e.getMessage(), "wrong usage")),
          command + " --help");
    }
    return ExitCode.USAGE;
  }

  /// Without capitalized initial and final period.
  private static String inOurStyle(String message) {
    String line = message.lines().findFirst().orElse("").strip().replace('\'', '"');
    String begun = line.isEmpty() ? "" : line.substring(0, 1).toLowerCase(Locale.ROOT);
    return line.isEmpty() ? line : (begun + line.substring(1)).replaceAll("\\.$", "");
  }

  private static int failed(Terminal terminal, Exception exception) {
    switch (exception) {
      case FailedException e -> {
        terminal.error(e.what(), e.hint());
        return e.exitCode();
      }
      case RefusedException e ->
          terminal.error(
              "refused (" + e.refusal().code().id() + "): " + e.refusal().what(),
              e.refusal().hint());
      case ConfigurationException e ->
          e.problems().forEach(problem -> terminal.error("configuration: " + problem, ""));
      case dev.chancery.agent.enrollment.FailedException e ->
          terminal.error(e.failure().what() + " (" + e.failure().code().id() + ")", "");
      case StartException e -> terminal.error(e.what(), e.hint());
      case LedgerUnavailableException e ->
          terminal.error(withCause(e), "is another server using it, or the disk full?");
      case MalformedException e -> terminal.error(e.safeMessage(), "");
      case AdminUnreachableException e ->
          terminal.error(
              Objects.requireNonNullElse(e.getMessage(), "no server answers"),
              "is it running? start it with: ./chancery serve; another data folder: --data DIR");
      case UncheckedIOException e -> terminal.error(withCause(e), "");
      case IllegalStateException e -> terminal.error(withCause(e), "");
      default -> {
        terminal.error("this is a fault of chancery: " + exception, "please report it with this:");
        exception.printStackTrace(terminal.err());
        terminal.err().flush();
      }
    }
    return ExitCode.FAILED;
  }

  private static String withCause(Exception e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    return e.getCause() == null ? message : message + ": " + e.getCause().getMessage();
  }
}
