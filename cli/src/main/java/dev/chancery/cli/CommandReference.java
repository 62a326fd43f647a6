package dev.chancery.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// `docs/cli.md`, made from the commands themselves.
final class CommandReference {
  private CommandReference() {}

  /// The whole page.
  static String markdown(CommandLine root) {
    StringBuilder page =
        new StringBuilder(
            """
            # The command line

            Generated from the commands themselves; `chancery COMMAND --help` shows the same. Results go to stdout, everything
            else to stderr. With `--output json` every command prints one JSON value instead; its field names are stable. The
            commands `ca`, `credential`, `request`, `cert` and `audit` ask the running server through the UNIX-domain socket
            `admin.sock` in its data folder, so they work for the user that the server runs as.

            """);
    append(page, root);
    return page.toString();
  }

  private static void append(StringBuilder page, CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    if (spec.usageMessage().hidden()) {
      return;
    }
    page.append("## ").append(spec.qualifiedName()).append("\n\n```text\n");
    command
        .getUsageMessage(CommandLine.Help.Ansi.OFF)
        .lines()
        .forEach(line -> page.append(line.stripTrailing()).append('\n'));
    page.append("```\n\n");
    spec.subcommands().values().forEach(subcommand -> append(page, subcommand));
  }
}
