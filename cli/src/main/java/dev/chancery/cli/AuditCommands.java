package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.AuditReport;
import dev.chancery.server.admin.Json;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `chancery audit …`: what happened, and the proof that nobody has changed the record of it.
@Command(
    name = "audit",
    description = "Lists the audit and verifies that nobody has changed it.",
    subcommands = {AuditCommands.All.class, AuditCommands.Verify.class})
final class AuditCommands extends CommandGroup {
  /// The newest entries.
  @Command(
      name = "list",
      description = "Lists audit entries, newest first.",
      footer = {"", "Example:", "  chancery audit list --limit 20"})
  static final class All extends ServerCommand {
    @Mixin private Limit limit = new Limit();

    @Override
    String command() {
      return "audit.list";
    }

    @Override
    void fill(ObjectNode arguments) {
      limit.fill(arguments);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      Table table = new Table("NODE", "NO.", "TIME", "ACTION", "ACTOR", "DETAILS");
      for (JsonNode entry : result.path("entries")) {
        table.add(
            entry.path("node").asText("-"),
            entry.path("sequence").asText(),
            entry.path("at").asText(),
            entry.path("action").asText(),
            entry.path("actor").asText(),
            details(entry.path("details")));
      }
      table.print(terminal);
      noteMore(result, terminal);
    }

    private static String details(JsonNode details) {
      StringBuilder text = new StringBuilder();
      Iterator<Map.Entry<String, JsonNode>> fields = details.properties().iterator();
      while (fields.hasNext()) {
        Map.Entry<String, JsonNode> field = fields.next();
        text.append(field.getKey()).append('=').append(field.getValue().asText());
        text.append(fields.hasNext() ? " " : "");
      }
      return text.toString();
    }
  }

  /// Follows the chain from its first link to its last.
  @Command(
      name = "verify",
      description = {
        "Verifies the audit's hash chain and its signed checkpoints, and names the first gap.",
        "Asks the running server; where none runs, reads the data folder itself."
      },
      footer = {"", "Example:", "  chancery audit verify"})
  static final class Verify extends Subcommand implements Callable<Integer> {
    @Override
    public Integer call() throws AdminUnreachableException {
      Terminal terminal = chancery().terminal();
      JsonNode report;
      try (ProgressBar progress = new ProgressBar(terminal, "verifying the audit")) {
        Path data = chancery().data();
        Path socket = AdminSocket.in(data);
        report =
            AdminClient.answers(socket)
                ? new AdminClient(socket).call("audit.verify", Json.object(), progress)
                : AuditReport.ofFolder(data, Clock.systemUTC(), progress);
      }
      if (chancery().json()) {
        terminal.result(report);
      } else if (report.path("intact").asBoolean()) {
        terminal.result(
            "intact: %d entries, %d checkpoints"
                .formatted(report.path("entries").asLong(), report.path("checkpoints").asLong()));
      }
      if (report.path("intact").asBoolean()) {
        return ExitCode.DONE;
      }
      terminal.error(
          "the audit has been changed at entry "
              + report.path("sequence").asLong()
              + ": "
              + report.path("gap").asText(),
          "stop the server, keep a copy of the data folder, and compare with a backup");
      return ExitCode.FAILED;
    }
  }
}
