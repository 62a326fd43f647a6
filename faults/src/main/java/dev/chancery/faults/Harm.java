package dev.chancery.faults;

import java.util.Arrays;
import java.util.Optional;

/// What is done to a server while devices enrol.
enum Harm {
  KILL_AT_POINT("kill-at-point", 5, "SIGKILL at a fault point inside an issuance"),
  KILL_AT_MOMENT("kill-at-moment", 1, "SIGKILL after some answers, wherever the server is then"),
  KILL_AT_START("kill-at-start", 1, "SIGKILL under load, and again while it starts"),
  KILL_AT_FIRST_START(
      "kill-at-first-start", 1, "SIGKILL while the first start makes CA, keys and database"),
  KILL_AT_STOP("kill-at-stop", 1, "SIGTERM, then SIGKILL between checkpoint and its copy"),
  STOP("stop", 1, "SIGTERM under load"),
  POWER_CUT("power-cut", 3, "the disk goes back to what was synced at a fault point"),
  DISK_FULL("disk-full", 1, "no room, or next to none"),
  DISK_READ_ONLY("disk-read-only", 1, "the file system fails and turns read-only"),
  DISK_HANGS("disk-hangs", 1, "writes to disk do not return for a while"),
  CONNECTIONS_CUT("connections-cut", 1, "resets within request and answer, slow readers"),
  PAUSE("pause", 1, "SIGSTOP under load, SIGCONT up to 30 s later"),
  CLOCK_SET_BACK("clock-set-back", 1, "the wall clock goes back by up to three days"),
  CONTENTION("contention", 1, "100 devices use one credential at once"),
  DATABASE_RESTARTS("database-restarts", 2, "the database crashes under load and comes back"),
  DATABASE_CUTS("database-cuts", 1, "the database ends its connections, again and again");

  private final String id;
  private final int weight;
  private final String what;

  Harm(String id, int weight, String what) {
    this.id = id;
    this.weight = weight;
    this.what = what;
  }

  String id() {
    return id;
  }

  /// How many of the cards it has in a deck.
  int weight() {
    return weight;
  }

  /// For people.
  String what() {
    return what;
  }

  static Optional<Harm> find(String id) {
    return Arrays.stream(values()).filter(harm -> harm.id.equals(id)).findFirst();
  }

  boolean needsDisk() {
    return switch (this) {
      case POWER_CUT, DISK_FULL, DISK_READ_ONLY, DISK_HANGS -> true;
      case KILL_AT_POINT,
          KILL_AT_MOMENT,
          KILL_AT_START,
          KILL_AT_FIRST_START,
          KILL_AT_STOP,
          STOP,
          CONNECTIONS_CUT,
          PAUSE,
          CLOCK_SET_BACK,
          CONTENTION,
          DATABASE_RESTARTS,
          DATABASE_CUTS ->
          false;
    };
  }

  boolean needsDatabaseServer() {
    return this == DATABASE_RESTARTS || this == DATABASE_CUTS;
  }

  boolean needsClock() {
    return this == CLOCK_SET_BACK;
  }
}
