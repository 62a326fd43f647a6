package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.admin.Progress;
import java.util.concurrent.Callable;

/// A command that asks the running server for one thing and shows the answer, which is the result
/// as JSON or what [#show] makes of it.
abstract class ServerCommand extends Subcommand implements Callable<Integer> {
  /// The command's name on the admin socket.
  abstract String command();

  /// Puts the options into the request.
  abstract void fill(ObjectNode arguments);

  /// Shows the result as text.
  abstract void show(JsonNode result, Terminal terminal);

  @Override
  public Integer call() throws AdminUnreachableException {
    ObjectNode arguments = Json.object();
    fill(arguments);
    JsonNode result =
        received(
            new AdminClient(AdminSocket.in(chancery().data()))
                .call(command(), arguments, Progress.UNWATCHED));
    if (chancery().json()) {
      chancery().terminal().result(result);
    } else {
      show(result, chancery().terminal());
    }
    return exitCode(result);
  }

  /// What the command ends with.
  int exitCode(JsonNode result) {
    return ExitCode.DONE;
  }

  /// Takes from the result what is not to be shown.
  JsonNode received(JsonNode result) {
    return result;
  }

  /// Says that a list was cut.
  static void noteMore(JsonNode result, Terminal terminal) {
    if (result.path("more").asBoolean()) {
      terminal.note("there are more; see them with --limit");
    }
  }

  /// The texts of an array, joined.
  static String joined(JsonNode array) {
    StringBuilder text = new StringBuilder();
    for (JsonNode element : array) {
      text.append(text.isEmpty() ? "" : ", ").append(element.asText());
    }
    return text.toString();
  }

  /// Subject and alternative names of a description in one text.
  static String names(JsonNode described) {
    String subject = described.path("subject").asText();
    String sans = joined(described.path("sans"));
    return sans.isEmpty() ? subject : subject.isEmpty() ? sans : subject + " [" + sans + "]";
  }
}
