package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/// How many rows a list shows.
final class Limit {
  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "At most this many, newest first, up to 10000 (default: 100).")
  private int limit = 100;

  void fill(ObjectNode arguments) {
    arguments.put("limit", limit);
  }
}
