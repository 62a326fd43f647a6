package dev.chancery.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// One command, run in this process, with what it wrote.
record CommandLineRun(int exitCode, String out, String err) {
  static CommandLineRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.run(new Terminal(new PrintWriter(out), new PrintWriter(err), false), arguments);
    return new CommandLineRun(exitCode, out.toString(), err.toString());
  }
}
