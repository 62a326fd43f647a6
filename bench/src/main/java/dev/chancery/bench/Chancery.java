package dev.chancery.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chancery.lab.Folders;
import dev.chancery.lab.FreePort;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Loopback;
import dev.chancery.lab.PostgresCluster;
import dev.chancery.lab.Programs;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The server that is measured: started by the script that users start it with, in a data folder of
/// its own, with the defaults but for addresses, ports and log level.
final class Chancery implements Target {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration GLANCE = Duration.ofSeconds(1);

  /// The names of the two targets.
  static final String ON_SQLITE = "chancery";

  static final String ON_POSTGRESQL = "chancery on PostgreSQL";

  private static final double ROOM_FOR_BACKUP = 1.5;

  private final Path script;
  private final Path data;
  private final Ports ports;
  private final Process process;
  private final Start start;
  private final Optional<PostgresCluster> cluster;

  private Chancery(
      Path script,
      Path data,
      Ports ports,
      Process process,
      Duration untilReady,
      Optional<PostgresCluster> cluster) {
    this.cluster = cluster;
    this.script = script;
    this.data = data;
    this.ports = ports;
    this.process = process;
    this.start =
        new Start(untilReady.toNanos() / 1e6, Usage.of(List.of(process.pid())).cpuMillis());
  }

  /// Where it listens; the last is UDP.
  private record Ports(int tls, int clear, int coaps) {
    static Ports free() {
      return new Ports(FreePort.tcp(), FreePort.tcp(), FreePort.udp());
    }
  }

  /// Starts the server on SQLite in `data`, writing the configuration that `scenarios` need, and
  /// returns when `/readyz` says 200.
  ///
  /// @param scenarios all of one protocol
  static Chancery start(Path script, Path data, List<Scenario> scenarios) {
    return start(script, data, scenarios, Optional.empty());
  }

  /// The same on SQLite or, where there is a cluster, in a new database of it.
  static Chancery start(
      Path script, Path data, List<Scenario> scenarios, Optional<PostgresCluster> cluster) {
    Ports ports = Ports.free();
    configure(data, ports, scenarios, cluster.map(one -> database(one, data)).orElse(""));
    Path log = data.resolveSibling(data.getFileName() + ".log");
    long begun = System.nanoTime();
    Process process =
        Programs.start(List.of(script.toString(), "serve", "--data", data.toString()), log);
    while (Loopback.httpStatus(ports.clear(), "/readyz", GLANCE) != 200) {
      Duration waited = Duration.ofNanos(System.nanoTime() - begun);
      // A server that ends while it starts is noticed at once.
      if (Programs.endsWithin(process, POLL) || waited.compareTo(PATIENCE) > 0) {
        Programs.stop(process);
        throw new LabException("the server does not get ready:\n" + Programs.tail(log));
      }
    }
    return new Chancery(
        script, data, ports, process, Duration.ofNanos(System.nanoTime() - begun), cluster);
  }

  /// Makes a database for the server in `data`, and says what its settings have to say of it.
  private static String database(PostgresCluster cluster, Path data) {
    String name = data.getFileName().toString().replace('-', '_');
    cluster.create(name);
    return cluster.yaml(name, "bench");
  }

  private static void configure(Path data, Ports ports, List<Scenario> scenarios, String database) {
    StringBuilder yaml = new StringBuilder(database);
    yaml.append(
        """
        server:
          host-names: [localhost, 127.0.0.1]
          tls: {address: 127.0.0.1, port: %d}
          clear: {address: 127.0.0.1, port: %d}
        """
            .formatted(ports.tls(), ports.clear()));
    if (scenarios.stream().anyMatch(one -> one.protocol() == Protocol.EST_COAPS)) {
      yaml.append(
          "  coaps: {enabled: true, address: 127.0.0.1, port: %d}\n".formatted(ports.coaps()));
    }
    if (scenarios.stream().anyMatch(one -> one.protocol() == Protocol.SCEP)) {
      yaml.append("scep:\n  endpoints: [{}]\n");
    }
    if (scenarios.contains(Scenario.SERVER_KEY)) {
      yaml.append("est:\n  endpoints: [{server-keys: {delivery: plain}}]\n");
    }
    // RSA keys come around, each time with other names.
    yaml.append(
        "profiles:\n  device: {key-reuse: shared%s}\n"
            .formatted(
                scenarios.contains(Scenario.KEY_ML_DSA_65)
                    ? ", key-types: [p-256, rsa-2048, rsa-3072, ed25519, ml-dsa-65]"
                    : ""));
    try {
      Files.createDirectories(data);
      Files.writeString(data.resolve("chancery.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the configuration in " + data, e);
    }
  }

  /// How the server got ready.
  ///
  /// @param millis from the start of the script to the first 200 of `/readyz`
  /// @param cpuMillis user and system time of the server until then
  record Start(double millis, double cpuMillis) {}

  Start start() {
    return start;
  }

  /// Makes a credential that any device of [Device#namesOf] can use, any number of times.
  Credential standingCredential() {
    JsonNode credential =
        command(
            "credential",
            "create",
            "--allow-subject",
            "CN=*,O=Bench",
            "--allow-san",
            "dns:*.devices.example",
            "--uses",
            "100000000");
    return new Credential(credential.path("id").asText(), credential.path("secret").asText());
  }

  /// Its data folder.
  Path data() {
    return data;
  }

  /// Runs `chancery …` against the server and reads its JSON.
  JsonNode command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--data", data.toString(), "--output", "json"));
    try {
      return JSON.readTree(Programs.output(command));
    } catch (JsonProcessingException e) {
      throw new LabException(String.join(" ", command) + " does not print JSON", e);
    }
  }

  /// How many certificates are in the ledger.
  long certificates() {
    try {
      return new AdminClient(AdminSocket.in(data))
          .call("server.status", Json.object(), dev.chancery.server.admin.Progress.UNWATCHED)
          .path("certificates")
          .asLong();
    } catch (AdminUnreachableException e) {
      throw new LabException("the server does not answer on its admin socket", e);
    }
  }

  /// Bytes that the ledger of a server in `data` has on disk, once the server has ended.
  static long ledgerBytes(Path data) {
    try {
      return Files.size(data.resolve("ledger.db"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look into " + data, e);
    }
  }

  /// Seconds that a backup into `folder` takes, which is deleted again; empty if there is no room
  /// for it.
  Optional<Double> backup(Path folder) {
    if (data.toFile().getUsableSpace() < ROOM_FOR_BACKUP * ledgerBytes(data)) {
      return Optional.empty();
    }
    long begun = System.nanoTime();
    command("backup", folder.toString());
    double seconds = (System.nanoTime() - begun) / 1e9;
    Folders.delete(folder);
    return Optional.of(seconds);
  }

  /// The SHA-256 of the root's certificate, in hex.
  String rootFingerprint() {
    try {
      return Certificate.parsePem(Files.readString(data.resolve("issuers/issuing-root.pem")))
          .getFirst()
          .sha256Hex();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the root's certificate", e);
    }
  }

  /// PEM, the server's own TLS certificate first.
  Path serverChain() {
    return data.resolve("tls/server.pem");
  }

  /// The private key of the server's TLS certificate.
  Path serverKey() {
    return data.resolve("tls/server.key");
  }

  @Override
  public String name() {
    return cluster.isPresent() ? ON_POSTGRESQL : ON_SQLITE;
  }

  @Override
  public int port(Protocol protocol) {
    return switch (protocol) {
      case EST -> ports.tls();
      case EST_COAPS -> ports.coaps();
      case SCEP -> ports.clear();
    };
  }

  /// The script replaces itself by the JVM, so its process is the server's.
  @Override
  public List<Long> processes() {
    return List.of(process.pid());
  }

  @Override
  public OptionalLong database() {
    return cluster.map(one -> OptionalLong.of(one.process())).orElse(OptionalLong.empty());
  }

  @Override
  public void close() {
    Programs.stop(process);
  }
}
