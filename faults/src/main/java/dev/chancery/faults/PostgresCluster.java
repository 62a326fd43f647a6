package dev.chancery.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A database cluster of Debian's PostgreSQL, in a folder and on a port of its own. It syncs to
/// disk as PostgreSQL does unless it is told not to.
final class PostgresCluster implements AutoCloseable {
  /// As root, PostgreSQL's programs refuse to run; Debian's package makes this user.
  private static final String USER = "postgres";

  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");

  private final Path programs;
  private final Path folder;
  private final int port;

  /// Whoever interrupts a run shall not find its databases still at work.
  private final Thread cleaner = new Thread(this::cleanUp);

  private PostgresCluster(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(cleaner);
  }

  /// The folder of the newest programs, if PostgreSQL is installed.
  static Optional<Path> programs() {
    if (!Files.isDirectory(PROGRAMS)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(PROGRAMS)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.comparing(Path::toString));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for PostgreSQL", e);
    }
  }

  /// Makes an empty cluster and starts it.
  static PostgresCluster make() {
    Path programs =
        programs()
            .orElseThrow(() ->
                new FaultsException(
                    "PostgreSQL is not installed (on Debian: apt install postgresql)"));
    try {
      // Not among the other files of the run, to which another user has no way.
      Path folder = Files.createTempDirectory(Path.of("/tmp"), "faults-pg");
      PostgresCluster cluster = new PostgresCluster(programs, folder, freePort());
      if (isRoot()) {
        Programs.must("chown", USER, folder.toString());
      }
      cluster.must("initdb", "-D", cluster.data(), "-U", USER, "-A", "trust", "-E", "UTF8");
      cluster.configure();
      cluster.up();
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a database cluster", e);
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name", "").equals("root");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void configure() throws IOException {
    Files.write(
        Path.of(data()).resolve("postgresql.conf"),
        List.of(
            "port = " + port,
            "listen_addresses = '127.0.0.1'",
            "unix_socket_directories = '" + folder + "'",
            "shared_buffers = 32MB"),
        StandardOpenOption.APPEND);
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /// Starts it and waits until it can be used.
  void up() {
    must("pg_ctl", "-D", data(), "-l", folder.resolve("log").toString(), "-w", "start");
  }

  boolean isUp() {
    return run("pg_ctl", "-D", data(), "status").status() == 0;
  }

  /// Ends it at once, without a checkpoint; the next start has to recover.
  void crash() {
    must("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
  }

  void create(String database) {
    must(psql("postgres", "CREATE DATABASE " + database + " TEMPLATE template0 ENCODING 'UTF8'"));
  }

  void drop(String database) {
    must(psql("postgres", "DROP DATABASE " + database + " WITH (FORCE)"));
  }

  /// Ends every connection to a database, whatever is under way there.
  void cutConnections(String database) {
    must(
        psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                + database
                + "'"));
  }

  /// Writes down all that is in a database, for people.
  void dump(String database, Path file) throws IOException {
    Files.writeString(
        file,
        run("pg_dump", "-h", folder.toString(), "-p", Integer.toString(port), "-U", USER, database)
            .output());
  }

  /// What a node's `chancery.yaml` says when it works on `database` under the name `node`.
  String yaml(String database, String node) {
    return """
    database:
      url: "jdbc:postgresql://127.0.0.1:%d/%s"
      user: %s
      node: %s
    """
        .formatted(port, database, USER, node);
  }

  private String[] psql(String database, String sql) {
    return new String[] {
      "psql",
      "-h",
      folder.toString(),
      "-p",
      Integer.toString(port),
      "-U",
      USER,
      "-X",
      "-q",
      "-v",
      "ON_ERROR_STOP=1",
      "-d",
      database,
      "-c",
      sql
    };
  }

  private void must(String... command) {
    Programs.Ended ended = run(command);
    if (ended.status() != 0) {
      throw new FaultsException(String.join(" ", command) + " failed: " + ended.output());
    }
  }

  /// A program of PostgreSQL, with its user's rights.
  private Programs.Ended run(String... command) {
    List<String> line = new ArrayList<>();
    if (isRoot()) {
      line.addAll(List.of("runuser", "-u", USER, "--"));
    }
    line.add(programs.resolve(command[0]).toString());
    line.addAll(Arrays.asList(command).subList(1, command.length));
    return Programs.run(line.toArray(String[]::new));
  }

  @Override
  public void close() {
    cleanUp();
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException ending) {
      // This program ends, and the hook is under way.
      return;
    }
  }

  private void cleanUp() {
    var _ = run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
    Programs.deleteFolder(folder);
  }
}
