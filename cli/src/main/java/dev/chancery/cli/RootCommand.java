package dev.chancery.cli;

import java.util.List;

/// A command right below the root.
///
/// @param name what picocli finds on `type` too, once it has reflected upon it
/// @param type with all the commands below it
record RootCommand(String name, Class<?> type) {
  /// In the order in which the help lists them.
  static final List<RootCommand> ALL =
      List.of(
          new RootCommand("serve", Serve.class),
          new RootCommand("ca", AuthorityCommands.class),
          new RootCommand("credential", CredentialCommands.class),
          new RootCommand("request", RequestCommands.class),
          new RootCommand("lint", LintCommand.class),
          new RootCommand("cert", CertificateCommands.class),
          new RootCommand("audit", AuditCommands.class),
          new RootCommand("config", ConfigurationCommands.class),
          new RootCommand("db", DatabaseCommands.class),
          new RootCommand("backup", BackupCommand.class),
          new RootCommand("enroll", EnrollCommands.class),
          new RootCommand("agent", AgentCommands.class),
          new RootCommand("scep", ScepCommands.class),
          new RootCommand("warm-up", WarmUp.class));

  /// What a command line may come to. One that begins with a command gets no other, because
  /// reflecting upon all of them takes longer than most commands do; any other gets them all.
  static List<RootCommand> neededFor(String... arguments) {
    return ALL.stream()
        .filter(command -> arguments.length > 0 && command.name.equals(arguments[0]))
        .findFirst()
        .map(List::of)
        .orElse(ALL);
  }
}
