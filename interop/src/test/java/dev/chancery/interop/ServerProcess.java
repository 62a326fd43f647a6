package dev.chancery.interop;

import dev.chancery.lab.Programs;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Chancery in a process of its own, so that it can be killed.
///
/// @param port of TLS
public record ServerProcess(Process process, int port) implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /// Starts it and waits until it is ready.
  ///
  /// @param data its folder, with the `chancery.yaml`
  /// @param port the one that is written there
  public static ServerProcess start(Path data, int port) throws IOException {
    File log = data.resolve("serve.log").toFile();
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.chancery.cli.Main",
                    "serve",
                    "--data",
                    data.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    Instant deadline = Instant.now().plus(PATIENCE);
    while (true) {
      try (Wire wire = Wire.connect(port)) {
        if (wire.send("GET", "/readyz", Map.of(), new byte[0]).status() == 200) {
          return new ServerProcess(process, port);
        }
      } catch (IllegalStateException | UncheckedIOException notYet) {
        if (!process.isAlive() || Instant.now().isAfter(deadline)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              "the server did not get ready: " + Programs.tail(log.toPath()), notYet);
        }
      }
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// SIGKILL.
  public void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    Process _ = process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
