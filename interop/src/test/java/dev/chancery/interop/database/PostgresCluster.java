package dev.chancery.interop.database;

import dev.chancery.interop.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// A database cluster of Debian's PostgreSQL, in a folder and on a port of its own.
final class PostgresCluster implements AutoCloseable {
  /// As root, PostgreSQL's programs refuse to run; Debian's package makes this user.
  private static final String USER = "postgres";

  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");

  private final Path programs;
  private final Path folder;
  private final int port;

  private PostgresCluster(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
  }

  /// Makes a cluster with a database `chancery` and starts it; skips the test if PostgreSQL is not
  /// installed.
  static PostgresCluster start(String... settings) {
    Path programs = programs();
    PostgresCluster cluster = new PostgresCluster(programs, freshFolder(), freePort());
    cluster.run("initdb", "-D", cluster.data(), "-U", USER, "-A", "trust", "-E", "UTF8");
    cluster.configure(settings);
    cluster.up();
    cluster.execute("postgres", "CREATE DATABASE chancery");
    return cluster;
  }

  /// Makes a standby of `primary` that streams from it under the name `standby`, and starts it.
  static PostgresCluster standbyOf(PostgresCluster primary) {
    PostgresCluster standby = new PostgresCluster(primary.programs, freshFolder(), freePort());
    standby.run(
        "pg_basebackup",
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(primary.port),
        "-U",
        USER,
        "-D",
        standby.data(),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
        "-d",
        "application_name=standby");
    standby.configure("synchronous_standby_names = ''");
    standby.up();
    return standby;
  }

  private static Path programs() {
    Optional<Path> newest = Optional.empty();
    if (Files.isDirectory(PROGRAMS)) {
      try (Stream<Path> versions = Files.list(PROGRAMS)) {
        newest =
            versions
                .map(version -> version.resolve("bin"))
                .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                .max(Comparator.comparing(Path::toString));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot look for PostgreSQL", e);
      }
    }
    Assumptions.assumeTrue(newest.isPresent(), "PostgreSQL is not installed");
    return newest.orElseThrow();
  }

  private static Path freshFolder() {
    try {
      // Not in the test's own folder, into which another user cannot go.
      Path folder = Files.createTempDirectory(Path.of("/tmp"), "chancery-pg");
      if (isRoot()) {
        Program.run(Path.of("/tmp"), "chown", USER, folder.toString()).succeeded();
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder for PostgreSQL", e);
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("there is no free port", e);
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private void configure(String... settings) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "port = " + port,
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = '" + folder + "'",
                "max_connections = 100",
                "shared_buffers = 32MB"));
    lines.addAll(Arrays.asList(settings));
    try {
      Files.write(Path.of(data()).resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot configure PostgreSQL", e);
    }
  }

  /// Starts it and waits until it can be used.
  void up() {
    run("pg_ctl", "-D", data(), "-l", folder.resolve("log").toString(), "-w", "start");
  }

  /// Stops it as a power cut would.
  void kill() {
    run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
  }

  /// Makes a standby the primary, and waits until it is.
  void promote() {
    run("pg_ctl", "-D", data(), "-w", "promote");
  }

  /// A program of PostgreSQL, with its user's rights.
  Program.Result run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("runuser", "-u", USER, "--"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(Arrays.asList(arguments));
    return Program.run(folder, new byte[0], command).succeeded();
  }

  int port() {
    return port;
  }

  Path folder() {
    return folder;
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /// The settings with which a node works on the database `chancery` here.
  String yaml(String node) {
    return yaml(url("chancery"), node);
  }

  /// The settings with which a node works on a database.
  static String yaml(String url, String node) {
    return "database: {url: \"" + url + "\", user: " + USER + ", node: " + node + "}\n";
  }

  void execute(String database, String sql) {
    try (Connection connection = DriverManager.getConnection(url(database), USER, "");
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's own statement failed", e);
    }
  }

  /// The first column of the first row.
  String ask(String database, String sql) {
    try (Connection connection = DriverManager.getConnection(url(database), USER, "");
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "";
    } catch (SQLException e) {
      throw new IllegalStateException("the test's own question failed", e);
    }
  }

  @Override
  public void close() {
    if (Files.exists(Path.of(data()).resolve("postmaster.pid"))) {
      kill();
    }
    Program.run(Path.of("/tmp"), "rm", "-rf", folder.toString()).succeeded();
  }
}
