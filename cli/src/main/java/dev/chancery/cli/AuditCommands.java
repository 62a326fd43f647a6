package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.ledger.CheckpointFile;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.AuditReport;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
        "Asks the running server; where none runs, reads the data folder itself.",
        "Exit code 1 if anything was changed, cut off or put back to an older state."
      },
      footer = {
        "",
        "Examples:",
        "  chancery audit verify",
        "  chancery audit verify --anchors /mnt/worm/chancery-checkpoints.log"
      })
  static final class Verify extends Subcommand implements Callable<Integer> {
    @Option(
        names = "--anchors",
        paramLabel = "FILE",
        description = {
          "Checkpoints that were kept elsewhere: audit.checkpoint-copy, or what a syslog server has"
              + " written down (repeatable). They show that the whole ledger was put back."
        })
    private List<Path> anchorFiles = new ArrayList<>();

    @Override
    public Integer call() throws AdminUnreachableException, IOException {
      Terminal terminal = chancery().terminal();
      List<Checkpoint> anchors = new ArrayList<>();
      for (Path file : anchorFiles) {
        if (!Files.isReadable(file)) {
          terminal.error("cannot read " + file, "check the name and who may read it");
          return ExitCode.FAILED;
        }
        List<Checkpoint> found = AnchorFile.read(file);
        if (found.isEmpty()) {
          terminal.error(
              "there is no checkpoint in " + file,
              "its lines end with sequence, hash, time and signature, as in audit-checkpoints.log");
          return ExitCode.FAILED;
        }
        anchors.addAll(found);
      }
      List<Checkpoint> chosen = AnchorFile.choose(anchors);
      JsonNode report;
      try (ProgressBar progress = new ProgressBar(terminal, "verifying the audit")) {
        Path data = chancery().data();
        Path socket = AdminSocket.in(data);
        report =
            AdminClient.answers(socket)
                ? new AdminClient(socket).call("audit.verify", arguments(chosen), progress)
                : AuditReport.ofFolder(data, chosen, Clock.systemUTC(), progress);
      }
      if (chancery().json()) {
        terminal.result(report);
      } else if (report.path("intact").asBoolean()) {
        terminal.result(
            "intact: %d entries, %d checkpoints%s"
                .formatted(
                    report.path("entries").asLong(),
                    report.path("checkpoints").asLong(),
                    chosen.isEmpty() ? "" : ", " + chosen.size() + " of them kept elsewhere"));
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

    private static ObjectNode arguments(List<Checkpoint> anchors) {
      ObjectNode arguments = Json.object();
      if (!anchors.isEmpty()) {
        ArrayNode lines = arguments.putArray("anchors");
        anchors.forEach(anchor -> lines.add(CheckpointFile.lineOf(anchor)));
      }
      return arguments;
    }
  }
}
