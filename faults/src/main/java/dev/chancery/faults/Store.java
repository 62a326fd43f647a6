package dev.chancery.faults;

/// Where the nodes of a life keep their ledger.
enum Store {
  /// One file, one node.
  SQLITE("sqlite", 1, "");

  private final String id;
  private final int nodes;
  private final String settings;

  Store(String id, int nodes, String settings) {
    this.id = id;
    this.nodes = nodes;
    this.settings = settings;
  }

  /// What the command line calls it.
  String id() {
    return id;
  }

  /// How many nodes serve from it at the same time.
  int nodes() {
    return nodes;
  }

  /// What a node's `chancery.yaml` says of it: whole lines, or nothing.
  String settings() {
    return settings;
  }
}
