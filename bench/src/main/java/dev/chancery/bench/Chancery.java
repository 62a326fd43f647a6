package dev.chancery.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The server that is measured: started by the script that users start it with, in a data folder of
/// its own, with the defaults but for addresses, ports and log level.
final class Chancery implements Target {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long POLL_MILLIS = 5;

  private final Path script;
  private final Path data;
  private final int port;
  private final Process process;
  private final Duration untilReady;

  private Chancery(Path script, Path data, int port, Process process, Duration untilReady) {
    this.script = script;
    this.data = data;
    this.port = port;
    this.process = process;
    this.untilReady = untilReady;
  }

  /// Starts the server in `data`, making the configuration if there is none, and returns when
  /// `/readyz` says 200.
  static Chancery start(Path script, Path data) {
    int port = Programs.freePort();
    int clearPort = Programs.freePort();
    configure(data, port, clearPort);
    Path log = data.resolveSibling(data.getFileName() + ".log");
    long begun = System.nanoTime();
    Process process =
        Programs.start(List.of(script.toString(), "serve", "--data", data.toString()), log);
    while (!isReady(clearPort)) {
      Duration waited = Duration.ofNanos(System.nanoTime() - begun);
      if (endsWithin(process, POLL_MILLIS) || waited.compareTo(PATIENCE) > 0) {
        Programs.stop(process);
        throw new BenchException("the server does not get ready:\n" + Programs.tail(log));
      }
    }
    return new Chancery(script, data, port, process, Duration.ofNanos(System.nanoTime() - begun));
  }

  private static void configure(Path data, int port, int clearPort) {
    String yaml =
        """
        server:
          host-names: [localhost, 127.0.0.1]
          tls: {address: 127.0.0.1, port: %d}
          clear: {address: 127.0.0.1, port: %d}
        """
            .formatted(port, clearPort);
    try {
      Files.createDirectories(data);
      Files.writeString(data.resolve("chancery.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the configuration in " + data, e);
    }
  }

  private static boolean isReady(int clearPort) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + clearPort + "/readyz").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      return connection.getResponseCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /// A server that ends while it starts is noticed at once.
  private static boolean endsWithin(Process process, long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /// From the start of the script to the first 200 of `/readyz`.
  Duration untilReady() {
    return untilReady;
  }

  /// Makes a credential that any device of [Device#namesOf] can use, any number of times.
  ///
  /// @return the value for the header `Authorization`
  String standingCredential() {
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
    String pair = credential.path("id").asText() + ":" + credential.path("secret").asText();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /// Runs `chancery …` against the server and reads its JSON.
  JsonNode command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--data", data.toString(), "--output", "json"));
    try {
      return JSON.readTree(Programs.output(command));
    } catch (JsonProcessingException e) {
      throw new BenchException(String.join(" ", command) + " does not print JSON", e);
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
      throw new BenchException("the server does not answer on its admin socket", e);
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
    return "chancery";
  }

  @Override
  public int port() {
    return port;
  }

  /// The script replaces itself by the JVM, so its process is the server's.
  @Override
  public List<Long> processes() {
    return List.of(process.pid());
  }

  @Override
  public void close() {
    Programs.stop(process);
  }
}
