package dev.chancery.faults;

import java.util.EnumSet;
import java.util.Set;

/// Where the nodes of a life keep their ledger.
enum Store {
  /// One file, one node.
  SQLITE("sqlite", "SQLite"),
  /// A database of a cluster of Debian's PostgreSQL, one node or two.
  POSTGRESQL("postgresql", "PostgreSQL");

  private final String id;
  private final String title;

  Store(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /// What the command line calls it.
  String id() {
    return id;
  }

  /// For people.
  String title() {
    return title;
  }

  /// The harms that mean something here. With PostgreSQL, a node's disk has nothing that anybody
  /// was promised.
  Set<Harm> harms() {
    Set<Harm> harms = EnumSet.allOf(Harm.class);
    harms.removeIf(harm ->
        switch (this) {
          case SQLITE -> harm.needsDatabaseServer();
          case POSTGRESQL -> harm.needsDisk();
        });
    return harms;
  }

  /// How many nodes there are in the life of that seed.
  int nodes(long seed) {
    return switch (this) {
      case SQLITE -> 1;
      case POSTGRESQL -> seed % 2 == 0 ? 1 : 2;
    };
  }
}
