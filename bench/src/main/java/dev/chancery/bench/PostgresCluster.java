package dev.chancery.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A database cluster of Debian's PostgreSQL, in a temporary folder and on a port of its own, with
/// PostgreSQL's own defaults: it syncs to disk.
final class PostgresCluster implements AutoCloseable {
  /// As root, PostgreSQL's programs refuse to run; Debian's package makes this user.
  private static final String USER = "postgres";

  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");

  private final Path programs;
  private final Path folder;
  private final int port;
  private final Thread cleaner = new Thread(this::cleanUp);

  private PostgresCluster(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(cleaner);
  }

  /// The folder of the newest programs, if PostgreSQL is installed.
  static Optional<Path> installed() {
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

  /// Such as `postgres (PostgreSQL) 15.18`.
  static String version(Path programs) {
    return Programs.output(List.of(programs.resolve("postgres").toString(), "--version")).strip();
  }

  /// Makes an empty cluster and starts it.
  static PostgresCluster make(Path programs) {
    try {
      // Not among the other files of the run, to which another user has no way.
      Path folder = Files.createTempDirectory(Path.of("/tmp"), "bench-pg");
      PostgresCluster cluster = new PostgresCluster(programs, folder, Programs.freePort());
      if (isRoot()) {
        Programs.output(List.of("chown", USER, folder.toString()));
      }
      cluster.run("initdb", "-D", cluster.data(), "-U", USER, "-A", "trust", "-E", "UTF8");
      Files.write(
          Path.of(cluster.data(), "postgresql.conf"),
          List.of(
              "port = " + cluster.port,
              "listen_addresses = '127.0.0.1'",
              "unix_socket_directories = '" + folder + "'"),
          StandardOpenOption.APPEND);
      cluster.run(
          "pg_ctl", "-D", cluster.data(), "-l", folder.resolve("log").toString(), "-w", "start");
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a database cluster", e);
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name", "").equals("root");
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /// Makes a database, and says what the `chancery.yaml` of a server has to say to work on it.
  String create(String database) {
    run(
        "psql",
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(port),
        "-U",
        USER,
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        "postgres",
        "-c",
        "CREATE DATABASE " + database + " TEMPLATE template0 ENCODING 'UTF8'");
    return """
    database:
      url: "jdbc:postgresql://127.0.0.1:%d/%s"
      user: %s
      node: bench
    """
        .formatted(port, database, USER);
  }

  /// The process above all others of the cluster.
  long process() {
    try {
      return Long.parseLong(
          Files.readAllLines(Path.of(data(), "postmaster.pid")).getFirst().strip());
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL does not run", e);
    }
  }

  /// A program of PostgreSQL, with its user's rights.
  private void run(String... command) {
    List<String> line = new ArrayList<>();
    if (isRoot()) {
      line.addAll(List.of("runuser", "-u", USER, "--"));
    }
    line.add(programs.resolve(command[0]).toString());
    line.addAll(Arrays.asList(command).subList(1, command.length));
    Programs.quietly(line);
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
    try {
      run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
    } catch (BenchException ended) {
      // It may not have come up.
      System.err.println("bench: " + ended.getMessage());
    }
    Programs.deleteFolder(folder);
  }
}
