package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.ledger.LedgerCopy;
import dev.chancery.ledger.LedgerTables;
import dev.chancery.ledger.PostgresLedger;
import dev.chancery.ledger.PostgresSettings;
import dev.chancery.server.Ledgers;
import dev.chancery.server.admin.AuditReport;
import dev.chancery.server.admin.Json;
import dev.chancery.server.configuration.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `chancery db …`: the ledger's database.
@Command(
    name = "db",
    description = "Looks after the ledger's database.",
    subcommands = {
      DatabaseCommands.Check.class,
      DatabaseCommands.Migrate.class,
      DatabaseCommands.Copy.class
    })
final class DatabaseCommands extends CommandGroup {
  /// Says how things stand.
  @Command(
      name = "check",
      description = {
        "Says whether the database can be reached and its tables are those of this version.",
        "Exit code 3 if something is to be migrated."
      },
      footer = {"", "Example:", "  chancery db check"})
  static final class Check extends Subcommand implements Callable<Integer> {
    @Override
    public Integer call() {
      LedgerTables.State state = stateOf(chancery());
      show(chancery(), state);
      return state.pending().isEmpty() ? ExitCode.DONE : ExitCode.PENDING;
    }
  }

  /// Brings the tables up to date.
  @Command(
      name = "migrate",
      description = {
        "Brings the tables up to date, as a server does when it starts.",
        "On PostgreSQL other nodes may work meanwhile, also of the version before."
      },
      footer = {"", "Examples:", "  chancery db migrate --dry-run", "  chancery db migrate"})
  static final class Migrate extends Subcommand implements Callable<Integer> {
    @Option(names = "--dry-run", description = "Says what would be done, and does nothing.")
    private boolean dryRun;

    @Override
    public Integer call() {
      LedgerTables.State before = stateOf(chancery());
      if (!dryRun) {
        switch (configured(chancery())) {
          case Configuration.Database.Sqlite _ -> LedgerTables.migrate(file(chancery()));
          case Configuration.Database.Postgres postgres ->
              LedgerTables.migrate(postgres.settings());
        }
      }
      show(chancery(), dryRun ? before : stateOf(chancery()));
      return ExitCode.DONE;
    }
  }

  /// From SQLite to PostgreSQL.
  @Command(
      name = "copy",
      description = {
        "Copies a ledger from SQLite into an empty PostgreSQL database and proves that both are equal.",
        "Stop the server first. If anything differs, the target stays empty."
      },
      footer = {
        "",
        "Examples:",
        "  chancery db copy",
        "  chancery db copy --to jdbc:postgresql://db.example/chancery --user chancery \\\\",
        "    --password-file db.password"
      })
  static final class Copy extends Subcommand implements Callable<Integer> {
    @Option(
        names = "--from",
        paramLabel = "FILE",
        description = "The ledger in SQLite (default: ledger.db in the data folder).")
    private Optional<Path> from = Optional.empty();

    @Option(
        names = "--to",
        paramLabel = "URL",
        description = "jdbc:postgresql://… (default: the database in chancery.yaml).")
    private Optional<String> to = Optional.empty();

    @Option(names = "--user", paramLabel = "USER", description = "Its user, with --to.")
    private String user = "";

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "File with the user's password in one line, with --to.")
    private Optional<Path> passwordFile = Optional.empty();

    @Override
    public Integer call() throws IOException {
      Terminal terminal = chancery().terminal();
      Path source = from.orElseGet(() -> file(chancery()));
      if (!Files.exists(source)) {
        terminal.error("there is no ledger " + source, "name it with --from");
        return ExitCode.FAILED;
      }
      Optional<PostgresSettings> target = target();
      if (target.isEmpty()) {
        terminal.error(
            "where to is not known", "set database.url in chancery.yaml, or give --to URL");
        return ExitCode.USAGE;
      }
      List<LedgerCopy.Copied> copied;
      try (ProgressBar progress = new ProgressBar(terminal, "copying the ledger")) {
        copied = LedgerCopy.run(source, target.get(), progress::at);
      }
      ObjectNode audit = verified(target.get());
      report(copied, audit);
      return audit.path("intact").asBoolean() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private Optional<PostgresSettings> target() throws IOException {
      if (to.isPresent()) {
        String password = passwordFile.isPresent() ? Files.readString(passwordFile.get()) : "";
        return Optional.of(PostgresSettings.of(to.get(), user, password.strip(), "copy"));
      }
      return configured(chancery()) instanceof Configuration.Database.Postgres postgres
          ? Optional.of(postgres.settings())
          : Optional.empty();
    }

    private ObjectNode verified(PostgresSettings target) {
      try (ProgressBar progress = new ProgressBar(chancery().terminal(), "verifying the audit");
          PostgresLedger ledger = PostgresLedger.open(target, Instant.now())) {
        return AuditReport.of(ledger, chancery().data(), progress);
      }
    }

    private void report(List<LedgerCopy.Copied> copied, ObjectNode audit) {
      Terminal terminal = chancery().terminal();
      if (chancery().json()) {
        ObjectNode json = Json.object();
        ArrayNode tables = json.putArray("tables");
        copied.forEach(one ->
            tables
                .addObject()
                .put("table", one.table())
                .put("rows", one.rows())
                .put("digest", one.digest()));
        terminal.result(json.set("audit", audit));
        return;
      }
      Table table = new Table("TABLE", "ROWS", "DIGEST, THE SAME ON BOTH SIDES");
      copied.forEach(one -> table.add(one.table(), Long.toString(one.rows()), one.digest()));
      table.print(terminal);
      if (audit.path("intact").asBoolean()) {
        terminal.result(
            "equal; the audit is intact there: " + audit.path("entries").asLong() + " entries");
      } else {
        terminal.error(
            "equal, but the audit is broken at entry "
                + audit.path("sequence").asLong()
                + ": "
                + audit.path("gap").asText(),
            "it was before: chancery audit verify");
      }
    }
  }

  private static Configuration.Database configured(Chancery chancery) {
    return Configuration.load(chancery.data().resolve("chancery.yaml")).database();
  }

  private static Path file(Chancery chancery) {
    return chancery.data().resolve(Ledgers.FILE);
  }

  private static LedgerTables.State stateOf(Chancery chancery) {
    return switch (configured(chancery)) {
      case Configuration.Database.Sqlite _ -> LedgerTables.stateOf(file(chancery));
      case Configuration.Database.Postgres postgres -> LedgerTables.stateOf(postgres.settings());
    };
  }

  private static void show(Chancery chancery, LedgerTables.State state) {
    Terminal terminal = chancery.terminal();
    if (chancery.json()) {
      terminal.result(
          Json.object()
              .put("database", state.database())
              .put("searchIndex", state.findsPartsOfNames())
              .set("pending", Json.texts(state.pending())));
      return;
    }
    terminal.result("database      " + state.database());
    terminal.result(
        "tables        "
            + (state.pending().isEmpty()
                ? "up to date"
                : "to be migrated: " + String.join(", ", state.pending())));
    terminal.result(
        "name search   "
            + (state.findsPartsOfNames()
                ? "indexed"
                : "without index: the extension pg_trgm is missing"));
  }
}
