package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery request …`: requests that wait for an operator's decision.
@Command(
    name = "request",
    description = "Lists and decides the requests that wait for an operator.",
    subcommands = {
      RequestCommands.All.class,
      RequestCommands.Approve.class,
      RequestCommands.Deny.class
    })
final class RequestCommands extends CommandGroup {
  /// The requests that wait.
  @Command(
      name = "list",
      description = "Lists the requests that wait for a decision.",
      footer = {"", "Example:", "  chancery request list --all"})
  static final class All extends ServerCommand {
    @Option(names = "--all", description = "Those that are decided, too.")
    private boolean all;

    @Mixin private Limit limit = new Limit();

    @Override
    String command() {
      return "request.list";
    }

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("all", all);
      limit.fill(arguments);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      Table table = new Table("TICKET", "STATE", "SINCE", "ENDPOINT", "REQUESTER", "KEY", "NAMES");
      for (JsonNode request : result.path("requests")) {
        table.add(
            request.path("ticket").asText(),
            request.path("state").asText(),
            request.path("createdAt").asText(),
            request.path("endpoint").asText(),
            request.path("requester").asText(),
            request.path("key").path("type").asText(),
            names(request));
      }
      table.print(terminal);
      noteMore(result, terminal);
    }
  }

  /// Lets a request through.
  @Command(
      name = "approve",
      description = "Approves a request: its requester gets the certificate when it comes back.",
      footer = {"", "Example:", "  chancery request approve 0123456789abcdef"})
  static final class Approve extends ServerCommand {
    @Parameters(
        paramLabel = "TICKET",
        description = "The request, as chancery request list shows it.")
    private String ticket = "";

    @Override
    String command() {
      return "request.approve";
    }

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("ticket", ticket);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("approved " + result.path("ticket").asText());
    }
  }

  /// Turns a request down.
  @Command(
      name = "deny",
      description = "Denies a request.",
      footer = {
        "",
        "Example:",
        "  chancery request deny 0123456789abcdef --reason 'not in the inventory'"
      })
  static final class Deny extends ServerCommand {
    @Parameters(
        paramLabel = "TICKET",
        description = "The request, as chancery request list shows it.")
    private String ticket = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Shown to the requester.")
    private String reason = "";

    @Override
    String command() {
      return "request.deny";
    }

    @Override
    void fill(ObjectNode arguments) {
      arguments.put("ticket", ticket).put("reason", reason);
    }

    @Override
    void show(JsonNode result, Terminal terminal) {
      terminal.result("denied " + result.path("ticket").asText());
    }
  }
}
