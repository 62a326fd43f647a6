package dev.chancery.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A database cluster of Debian's PostgreSQL, in a folder and on a port of its own, with
/// PostgreSQL's own defaults: it syncs to disk. Whoever connects as `postgres` is let in without a
/// password. Ends with this program at the latest.
public final class PostgresCluster implements AutoCloseable {
  private static final String USER = PostgresPrograms.USER;
  private static final String HOST = "127.0.0.1";

  private final PostgresPrograms programs;
  private final Path folder = PostgresPrograms.freshFolder("chancery-pg");
  private final int port = FreePort.tcp();

  /// Whoever interrupts an experiment shall not find its databases still at work.
  private final AtExit cleaner;

  private PostgresCluster(PostgresPrograms programs) {
    this.programs = programs;
    cleaner = AtExit.of(this::cleanUp);
  }

  /// Makes an empty cluster and starts it.
  ///
  /// @param settings more lines of its `postgresql.conf`
  public static PostgresCluster make(PostgresPrograms programs, String... settings) {
    PostgresCluster cluster = new PostgresCluster(programs);
    cluster.run("initdb", "-D", cluster.data(), "-U", USER, "-A", "trust", "-E", "UTF8");
    cluster.configure(settings);
    cluster.up();
    return cluster;
  }

  /// Makes a standby that streams from this one under the name `standby`, and starts it. It has the
  /// same settings, but is nobody's primary.
  public PostgresCluster standby() {
    PostgresCluster standby = new PostgresCluster(programs);
    standby.run(
        "pg_basebackup",
        connectingWith(
            "-D",
            standby.data(),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "-d",
            "application_name=standby"));
    standby.configure("synchronous_standby_names = ''");
    standby.up();
    return standby;
  }

  /// What a line says again, wins over the lines before it.
  private void configure(String... settings) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "port = " + port,
                "listen_addresses = '" + HOST + "'",
                "unix_socket_directories = '" + folder + "'"));
    lines.addAll(Arrays.asList(settings));
    try {
      Files.write(Path.of(data(), "postgresql.conf"), lines, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot configure PostgreSQL", e);
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /// Starts it and waits until it can be used.
  public void up() {
    run("pg_ctl", "-D", data(), "-l", folder.resolve("log").toString(), "-w", "start");
  }

  public boolean isUp() {
    return attempt("pg_ctl", "-D", data(), "status").well();
  }

  /// Ends it at once, without a checkpoint, as a power cut would; the next start has to recover.
  public void crash() {
    run("pg_ctl", stopping());
  }

  private String[] stopping() {
    return new String[] {"-D", data(), "-m", "immediate", "-w", "stop"};
  }

  /// Makes a standby the primary, and waits until it is.
  public void promote() {
    run("pg_ctl", "-D", data(), "-w", "promote");
  }

  /// Makes an empty database.
  public void create(String database) {
    execute("postgres", "CREATE DATABASE " + database + " TEMPLATE template0 ENCODING 'UTF8'");
  }

  /// Drops a database, whoever uses it.
  public void drop(String database) {
    execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
  }

  /// Ends every connection to a database, whatever is under way there.
  public void cutConnections(String database) {
    execute(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
            + database
            + "'");
  }

  /// Executes a statement that has to succeed.
  public void execute(String database, String sql) {
    ask(database, sql);
  }

  /// What a query that has to succeed finds: a line a row, with `|` between its columns.
  public String ask(String database, String sql) {
    return run(
        "psql",
        connectingWith("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql));
  }

  /// Writes down all that is in a database, for people.
  public void dump(String database, Path file) throws IOException {
    Files.writeString(file, attempt("pg_dump", connectingWith(database)).output());
  }

  /// Writes down all that is in a database, for [#restore].
  ///
  /// @param file in [#folder], since it is PostgreSQL's user who writes it
  public void save(String database, Path file) {
    run("pg_dump", connectingWith("-Fc", "-f", file.toString(), database));
  }

  /// Fills an empty database with what [#save] has written down.
  public void restore(String database, Path file) {
    run("pg_restore", connectingWith("-d", database, file.toString()));
  }

  private String[] connectingWith(String... arguments) {
    List<String> all =
        new ArrayList<>(List.of("-h", HOST, "-p", Integer.toString(port), "-U", USER));
    all.addAll(Arrays.asList(arguments));
    return all.toArray(String[]::new);
  }

  /// Runs a program of PostgreSQL that has to succeed, and returns what it says.
  private String run(String program, String... arguments) {
    return Programs.must(programs.command(program, arguments));
  }

  private Programs.Ended attempt(String program, String... arguments) {
    return Programs.run(programs.command(program, arguments));
  }

  /// Where all it has is, and more files can be put.
  public Path folder() {
    return folder;
  }

  public int port() {
    return port;
  }

  /// The process above all others of the cluster, which must be up.
  public long process() {
    try {
      return Long.parseLong(
          Files.readAllLines(Path.of(data(), "postmaster.pid")).getFirst().strip());
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL does not run", e);
    }
  }

  /// What the `chancery.yaml` of the node `node` says when it works on `database`: whole lines.
  public String yaml(String database, String node) {
    return yaml(HOST + ":" + port, database, node);
  }

  /// The same where more than one server may have the database.
  ///
  /// @param servers `host:port`, with commas between them
  public static String yaml(String servers, String database, String node) {
    return """
    database:
      url: "jdbc:postgresql://%s/%s"
      user: %s
      node: %s
    """
        .formatted(servers, database, USER, node);
  }

  @Override
  public void close() {
    cleaner.close();
  }

  private void cleanUp() {
    // It may be down already.
    var _ = attempt("pg_ctl", stopping());
    Folders.delete(folder);
  }
}
