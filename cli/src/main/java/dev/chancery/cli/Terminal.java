package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.server.admin.Json;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;

/// Where a command writes: results to stdout, everything else to stderr.
///
/// @param interactive true if a person watches stderr
record Terminal(PrintWriter out, PrintWriter err, boolean interactive) {
  /// The process's own.
  static Terminal ofProcess() {
    return new Terminal(
        new PrintWriter(System.out, true, System.out.charset()),
        new PrintWriter(System.err, true, System.err.charset()),
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
            && !"dumb".equals(System.getenv("TERM")));
  }

  /// A line of the result.
  void result(String line) {
    out.println(line);
    out.flush();
  }

  /// The result as JSON.
  void result(JsonNode json) {
    result(Json.indented(json));
  }

  /// Something to know that is not the result.
  void note(String line) {
    err.println("chancery: " + line);
    err.flush();
  }

  /// Why the command failed, and what to do.
  void error(String what, String hint) {
    note("error: " + printable(what));
    if (!hint.isEmpty()) {
      note("hint: " + printable(hint));
    }
  }

  /// Text that others chose, without the control characters that would steer a terminal.
  static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u202a-\\u202e\\u2066-\\u2069]", "�");
  }
}
