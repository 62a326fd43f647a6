package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chancery.lab.AtExit;
import dev.chancery.lab.Folders;
import dev.chancery.lab.FreePort;
import dev.chancery.lab.LabException;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.PostgresPrograms;
import dev.chancery.lab.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Three PostgreSQL servers under Debian's Patroni, with etcd, on loopback: what the documentation
/// tells operators to have, with Patroni's own times.
final class PatroniCluster implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String USER = PostgresPrograms.USER;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration GLANCE = Duration.ofMillis(200);

  /// A server, and what watches over it.
  private static final class Member {
    private final String name;
    private final int port = FreePort.tcp();
    private final int api = FreePort.tcp();
    private Optional<Process> patroni = Optional.empty();

    Member(String name) {
      this.name = name;
    }
  }

  private final Path folder = PostgresPrograms.freshFolder("chancery-patroni");
  private final PostgresPrograms programs;
  private final int etcdPort = FreePort.tcp();
  private final List<Member> members =
      List.of(new Member("db-a"), new Member("db-b"), new Member("db-c"));
  private Optional<Process> etcd = Optional.empty();
  private final AtExit cleaner;

  private PatroniCluster(PostgresPrograms programs) {
    this.programs = programs;
    cleaner = AtExit.of(this::cleanUp);
  }

  /// Programs that are not there, with their packages; empty if all are.
  static String missing() {
    List<String> missing = new ArrayList<>();
    if (PostgresPrograms.installed().isEmpty()) {
      missing.add("postgresql");
    }
    if (!Files.isExecutable(Path.of("/usr/bin/patroni"))) {
      missing.add("patroni");
    }
    if (!Files.isExecutable(Path.of("/usr/bin/etcd"))) {
      missing.add("etcd-server");
    }
    return String.join(" ", missing);
  }

  /// Starts everything, and returns when a standby is synchronous.
  static PatroniCluster start() {
    if (!missing().isEmpty()) {
      throw new LabException("not installed (on Debian: apt install " + missing() + ")");
    }
    PatroniCluster cluster = new PatroniCluster(PostgresPrograms.needed());
    try {
      cluster.begin();
      return cluster;
    } catch (IOException e) {
      cluster.close();
      throw new UncheckedIOException("Patroni cannot be started", e);
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    String clients = "http://127.0.0.1:" + etcdPort;
    String peers = "http://127.0.0.1:" + FreePort.tcp();
    etcd =
        Optional.of(
            launch(
                "etcd",
                "/usr/bin/etcd",
                "--data-dir",
                folder.resolve("etcd").toString(),
                "--listen-client-urls",
                clients,
                "--advertise-client-urls",
                clients,
                "--listen-peer-urls",
                peers,
                "--initial-advertise-peer-urls",
                peers,
                "--initial-cluster",
                "default=" + peers));
    for (Member member : members) {
      Files.writeString(settings(member), yaml(member));
    }
    // The first one makes the cluster, the others copy it.
    for (Member member : members) {
      run(member);
      await("a primary", list -> leader(list).isPresent());
    }
    await("a synchronous standby among two", PatroniCluster::isWhole);
  }

  private Path settings(Member member) {
    return folder.resolve(member.name + ".yml");
  }

  private Path data(Member member) {
    return folder.resolve(member.name);
  }

  private String yaml(Member member) {
    return """
    scope: chancery
    name: %1$s
    restapi: {listen: "127.0.0.1:%2$d", connect_address: "127.0.0.1:%2$d"}
    etcd3: {host: "127.0.0.1:%3$d"}
    bootstrap:
      dcs:
        synchronous_mode: true
        synchronous_mode_strict: true
        postgresql:
          use_pg_rewind: true
          parameters: {synchronous_commit: "on", shared_buffers: 32MB, max_connections: 50}
      initdb: [{encoding: UTF8}, data-checksums]
    postgresql:
      listen: 127.0.0.1:%4$d
      connect_address: 127.0.0.1:%4$d
      data_dir: %5$s
      bin_dir: %6$s
      authentication:
        superuser: {username: %7$s}
        replication: {username: replicator}
      parameters: {unix_socket_directories: %8$s}
      pg_hba:
        - local all all trust
        - host all all 127.0.0.1/32 trust
        - host replication all 127.0.0.1/32 trust
    """
        .formatted(
            member.name,
            member.api,
            etcdPort,
            member.port,
            data(member),
            programs.folder(),
            USER,
            folder);
  }

  private void run(Member member) {
    member.patroni =
        Optional.of(launch(member.name, "/usr/bin/patroni", settings(member).toString()));
  }

  /// With the rights of PostgreSQL's user, and under a process number that is the program's own.
  private Process launch(String name, String... command) {
    List<String> line = new ArrayList<>();
    if (PostgresPrograms.needAnotherUser()) {
      line.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"));
    }
    line.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    builder.environment().put("HOME", folder.toString());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(command[0] + " cannot be started", e);
    }
  }

  /// What `patronictl list` says of each member.
  private JsonNode list() {
    Programs.Ended ended = control("list", "-f", "json");
    try {
      return ended.status() == 0 && ended.output().startsWith("[")
          ? JSON.readTree(ended.output())
          : JSON.createArrayNode();
    } catch (IOException e) {
      throw new UncheckedIOException("patronictl says " + ended.output(), e);
    }
  }

  private Programs.Ended control(String... arguments) {
    List<String> line =
        new ArrayList<>(List.of("patronictl", "-c", settings(members.getFirst()).toString()));
    line.addAll(List.of(arguments));
    return Programs.run(line);
  }

  private static Optional<String> leader(JsonNode list) {
    return named(list, "Leader");
  }

  private static Optional<String> named(JsonNode list, String role) {
    for (JsonNode member : list) {
      if (member.path("Role").asText().equals(role)
          && member.path("State").asText().matches("running|streaming")) {
        return Optional.of(member.path("Member").asText());
      }
    }
    return Optional.empty();
  }

  private static boolean isWhole(JsonNode list) {
    return list.size() == 3
        && leader(list).isPresent()
        && named(list, "Sync Standby").isPresent()
        && named(list, "Replica").isPresent();
  }

  private void await(String what, Predicate<JsonNode> condition) {
    for (long end = System.nanoTime() + PATIENCE.toNanos(); !condition.test(list()); ) {
      try {
        if (System.nanoTime() > end
            || etcd.orElseThrow().waitFor(GLANCE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new LabException("Patroni does not come to " + what + ": " + list());
        }
      } catch (InterruptedException e) {
        throw LabException.interrupted(e);
      }
    }
  }

  /// Waits until there are a primary, its synchronous standby and one more.
  void awaitWhole() {
    await("three servers", PatroniCluster::isWhole);
  }

  /// What is installed, for people.
  String versions() {
    return String.join(
        ", ",
        Programs.run("/usr/bin/patroni", "--version").output(),
        Programs.run("/usr/bin/etcd", "--version").output().lines().findFirst().orElse(""),
        programs.version());
  }

  void create(String database) {
    Member primary = member(leader(list()).orElseThrow());
    Programs.must(
        programs.folder().resolve("psql").toString(),
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(primary.port),
        "-U",
        USER,
        "-X",
        "-q",
        "-c",
        "CREATE DATABASE " + database + " TEMPLATE template0 ENCODING 'UTF8'");
  }

  private Member member(String name) {
    return members.stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
  }

  /// What a node's `chancery.yaml` says: all members, wherever the primary is.
  String yaml(String database, String node) {
    return PostgresCluster.yaml(
        members.stream().map(member -> "127.0.0.1:" + member.port).collect(Collectors.joining(",")),
        database,
        node);
  }

  /// Has the synchronous standby and the primary change places, in order.
  ///
  /// @return from whom to whom
  String switchOver() {
    JsonNode list = list();
    String from = leader(list).orElseThrow();
    String to = named(list, "Sync Standby").orElseThrow();
    Programs.Ended ended =
        control("switchover", "--master", from, "--candidate", to, "--force", "chancery");
    if (ended.status() != 0) {
      throw new LabException("patronictl switchover failed: " + ended.output());
    }
    await(to + " as primary", now -> leader(now).equals(Optional.of(to)));
    return from + " to " + to;
  }

  /// Kills the primary and its Patroni with SIGKILL, as if its machine had gone.
  ///
  /// @return its name
  String killPrimary() throws IOException {
    Member primary = member(leader(list()).orElseThrow());
    primary.patroni.orElseThrow().destroyForcibly();
    long postmaster =
        Long.parseLong(Files.readAllLines(data(primary).resolve("postmaster.pid")).getFirst());
    ProcessHandle server = ProcessHandle.of(postmaster).orElseThrow();
    List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
    all.addFirst(server);
    all.forEach(ProcessHandle::destroyForcibly);
    return primary.name;
  }

  /// Starts the Patroni of a member again, and nothing else.
  void bringBack(String name) {
    run(member(name));
  }

  /// Waits until somebody else is the primary.
  ///
  /// @return who
  String awaitOtherThan(String former) {
    await(
        "another primary than " + former,
        now -> leader(now).filter(name -> !name.equals(former)).isPresent());
    return leader(list()).orElseThrow();
  }

  @Override
  public void close() {
    cleaner.close();
  }

  private void cleanUp() {
    for (Member member : members) {
      member.patroni.ifPresent(Process::destroyForcibly);
    }
    for (Member member : members) {
      var _ =
          Programs.run(
              programs.command(
                  "pg_ctl", "-D", data(member).toString(), "-m", "immediate", "-w", "stop"));
    }
    etcd.ifPresent(Process::destroyForcibly);
    Folders.delete(folder);
  }
}
