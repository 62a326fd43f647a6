package dev.chancery.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.ChanceryServer;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A real server on free ports, and commands that are told where it is.
final class RunningServer implements AutoCloseable {
  private static final String SETTINGS =
      """
      server:
        host-names: [localhost]
        tls: {address: 127.0.0.1, port: 0}
        clear: {address: 127.0.0.1, port: 0}
      scep:
        endpoints: [{}]
      profiles:
        by-hand: {approval: manual, retry-after: 7s}
      """;

  private final Path data;
  private final ChanceryServer server;

  private RunningServer(Path data, ChanceryServer server) {
    this.data = data;
    this.server = server;
  }

  static RunningServer in(Path folder) throws IOException {
    return in(folder, "");
  }

  /// A server with further settings, in `folder/data`.
  static RunningServer in(Path folder, String further) throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    DurableFile.write(data.resolve("chancery.yaml"), SETTINGS + further, DurableFile.Access.PUBLIC);
    return new RunningServer(data, ChanceryServer.start(data, Clock.systemUTC()));
  }

  Path data() {
    return data;
  }

  String url() {
    return "https://localhost:" + server.tlsPort();
  }

  Certificate root() {
    return server.root();
  }

  String scepUrl() {
    return "http://localhost:" + server.clearPort() + "/scep";
  }

  String fingerprint() {
    return server.root().sha256Hex();
  }

  /// Runs a command against this server.
  CommandLineRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    Collections.addAll(all, "--data", data.toString());
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  /// Runs a command that must work, and returns its JSON.
  JsonNode json(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    Collections.addAll(all, "--output", "json");
    CommandLineRun run = run(all.toArray(String[]::new));
    if (run.exitCode() != 0) {
      throw new AssertionError("exit code " + run.exitCode() + ": " + run.err());
    }
    return Json.parse(run.out());
  }

  /// Makes a credential for `CN=device-1, dns:device-1.example` and puts its secret into a file.
  Device device(Path folder, String... options) {
    List<String> create =
        new ArrayList<>(
            List.of(
                "credential",
                "create",
                "--subject",
                "CN=device-1",
                "--san",
                "dns:device-1.example"));
    Collections.addAll(create, options);
    JsonNode credential = json(create.toArray(String[]::new));
    Path secret = folder.resolve("secret");
    DurableFile.write(
        secret, credential.path("secret").asText() + "\n", DurableFile.Access.PRIVATE);
    return new Device(this, credential.path("id").asText(), secret, folder.resolve("device"));
  }

  /// Somebody with a credential and a folder.
  record Device(RunningServer server, String credential, Path secret, Path out) {
    CommandLineRun enroll(String fingerprint, String... options) {
      List<String> all =
          new ArrayList<>(
              List.of(
                  "enroll",
                  "est",
                  server.url(),
                  "--fingerprint",
                  fingerprint,
                  "--credential",
                  credential,
                  "--secret-file",
                  secret.toString(),
                  "--out",
                  out.toString()));
      Collections.addAll(all, options);
      return CommandLineRun.of(all.toArray(String[]::new));
    }

    CommandLineRun renew(String... options) {
      List<String> all =
          new ArrayList<>(
              List.of("enroll", "est", server.url(), "--renew", "--out", out.toString()));
      Collections.addAll(all, options);
      return CommandLineRun.of(all.toArray(String[]::new));
    }

    DeviceFiles files() {
      return DeviceFiles.in(out);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
