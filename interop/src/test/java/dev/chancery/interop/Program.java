package dev.chancery.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.transport.Body;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Runs programs that others wrote.
public final class Program {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private Program() {}

  /// What a program did.
  public record Result(int exitCode, Body output, String errors) {
    public String text() {
      return new String(output.toByteArray(), StandardCharsets.UTF_8);
    }

    /// Fails the test, showing what the program said, unless it ended with 0.
    public Result succeeded() {
      assertThat(exitCode).as("exit code; it said: %s%s", text(), errors).isZero();
      return this;
    }
  }

  /// Skips the test, naming the program, if it is not installed here.
  public static void need(String... programs) {
    for (String program : programs) {
      boolean found =
          Arrays.stream(System.getenv("PATH").split(":", -1))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
      Assumptions.assumeTrue(found, program + " is not installed");
    }
  }

  public static Result run(Path folder, String... command) {
    return run(folder, new byte[0], List.of(command));
  }

  /// Runs `command` in `folder` with `input` and waits for its end.
  public static Result run(Path folder, byte[] input, List<String> command) {
    try {
      Path output = Files.createTempFile(folder, "out", "");
      Path errors = Files.createTempFile(folder, "err", "");
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input);
      }
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end within " + DEADLINE);
      }
      return new Result(
          process.exitValue(), Body.of(Files.readAllBytes(output)), Files.readString(errors));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + command, e);
    }
  }
}
