package dev.chancery.cli;

import dev.chancery.ledger.SqliteBackup;
import dev.chancery.server.Backup;
import dev.chancery.server.Ledgers;
import dev.chancery.server.admin.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery backup`: a copy of the data folder while the server works.
@Command(
    name = "backup",
    description = {
      "Copies the data folder into a new one, also while a server works in it.",
      "The copy is a data folder again: chancery serve --data COPY restores it. A ledger in PostgreSQL is"
          + " not in it; take that with pg_dump."
    },
    footer = {
      "",
      "Examples:",
      "  chancery backup /backup/2026-11-21",
      "  chancery backup --without-keys /srv/share/ledger"
    })
final class BackupCommand extends Subcommand implements Callable<Integer> {
  @Parameters(paramLabel = "FOLDER", description = "The copy; it is made and must not exist.")
  private Path target = Path.of("");

  @Option(
      names = "--without-keys",
      description =
          "Leaves private keys out: the copy shows what was issued, but cannot issue. With them it is"
              + " as secret as the CA itself.")
  private boolean withoutKeys;

  @Override
  public Integer call() {
    Terminal terminal = chancery().terminal();
    List<String> copied;
    try (Bars bars = new Bars(terminal)) {
      copied = Backup.run(chancery().data(), target, !withoutKeys, bars);
    }
    if (chancery().json()) {
      terminal.result(
          Json.object()
              .put("folder", target.toString())
              .put("keys", !withoutKeys)
              .set("files", Json.texts(copied)));
    } else {
      terminal.result(target + ": " + copied.size() + " files");
    }
    if (!copied.contains(Ledgers.FILE)) {
      terminal.note("the ledger is in PostgreSQL and not in this copy: take it with pg_dump");
    }
    return ExitCode.DONE;
  }

  /// One after the other.
  private static final class Bars implements SqliteBackup.Progress, AutoCloseable {
    private final ProgressBar copying;
    private final Terminal terminal;
    private Optional<ProgressBar> checking = Optional.empty();

    Bars(Terminal terminal) {
      this.terminal = terminal;
      this.copying = new ProgressBar(terminal, "copying the ledger");
    }

    @Override
    public void copying(long done, long total) {
      copying.at(done, total);
    }

    @Override
    public void checking(long done, long total) {
      if (checking.isEmpty()) {
        copying.close();
        checking = Optional.of(new ProgressBar(terminal, "checking the copy"));
      }
      checking.get().at(done, total);
    }

    @Override
    public void close() {
      checking.orElse(copying).close();
    }
  }
}
