package dev.chancery.interop.scep;

import dev.chancery.interop.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// The daemon certmonger with everything of its own: state, lock, and a socket instead of a bus.
final class Certmonger implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Path folder;
  private final Process daemon;

  private Certmonger(Path folder, Process daemon) {
    this.folder = folder;
    this.daemon = daemon;
  }

  /// Starts the daemon; a second one in the same folder goes on where the first one was.
  static Certmonger start(Path folder) throws IOException {
    Path socket = folder.resolve("socket");
    Files.deleteIfExists(socket);
    ProcessBuilder builder =
        new ProcessBuilder("/usr/sbin/certmonger", "-L", "-P", socket.toString(), "-n", "-d", "1")
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("certmonger.log").toFile()));
    Map<String, String> environment = builder.environment();
    for (String name : List.of("CONFIG", "REQUESTS", "CAS", "LOCAL_CA")) {
      environment.put("CERTMONGER_" + name + "_DIR", own(folder, name));
    }
    environment.put("CERTMONGER_TMPDIR", own(folder, "TMP"));
    environment.put("CERTMONGER_SYSTEM_LOCK_FILE", folder.resolve("lock").toString());
    environment.put("HOME", own(folder, "HOME"));
    Certmonger started = new Certmonger(folder, builder.start());
    started.await("a socket", () -> Files.exists(socket));
    return started;
  }

  private static String own(Path folder, String name) throws IOException {
    return Files.createDirectories(folder.resolve(name.toLowerCase(Locale.ROOT))).toString();
  }

  /// Makes a SCEP server known, and waits until the daemon knows its certificates.
  void addServer(String name, String url) {
    getcert("add-scep-ca", "-c", name, "-u", url).succeeded();
    await("the CA's certificates", () -> getcert("list-cas").text().contains("thumbprint (SHA1)"));
  }

  /// Asks the daemon for a certificate and waits for what comes of it.
  ///
  /// @return 0 if it is there, 2 if it was refused, 5 if somebody has to decide
  Program.Result request(
      String server, String name, String subject, String challenge, String... more)
      throws IOException {
    Path device = Files.createDirectories(folder.resolve(name));
    Files.writeString(device.resolve("challenge"), challenge + "\n");
    List<String> arguments = new ArrayList<>(List.of("request", "-c", server, "-I", name));
    arguments.addAll(List.of("-k", device.resolve("key.pem").toString()));
    arguments.addAll(List.of("-f", certificateFile(name).toString()));
    arguments.addAll(List.of("-l", device.resolve("challenge").toString(), "-N", subject));
    arguments.addAll(List.of("-w", "--wait-timeout", "10", "-v"));
    arguments.addAll(List.of(more));
    return getcert(arguments.toArray(String[]::new));
  }

  Path certificateFile(String name) {
    return folder.resolve(name).resolve("cert.pem");
  }

  Path keyFile(String name) {
    return folder.resolve(name).resolve("key.pem");
  }

  /// Waits until the request is in the state, such as `MONITORING`.
  void awaitState(String name, String state) {
    await(
        name + " in state " + state,
        () -> getcert("list", "-i", name).text().contains("status: " + state));
  }

  Program.Result getcert(String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of("env", "CERTMONGER_PVT_ADDRESS=unix:path=" + folder.resolve("socket"), "getcert"));
    command.addAll(List.of(arguments));
    return Program.run(folder, new byte[0], command);
  }

  private void await(String what, BooleanSupplier there) {
    Instant deadline = Instant.now().plus(DEADLINE);
    while (!there.getAsBoolean()) {
      if (Instant.now().isAfter(deadline) || !daemon.isAlive()) {
        throw new AssertionError("certmonger has not come to " + what + ": " + log());
      }
      Thread.onSpinWait();
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("certmonger.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    daemon.destroy();
    try {
      if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
        daemon.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
