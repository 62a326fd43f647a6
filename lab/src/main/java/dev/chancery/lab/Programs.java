package dev.chancery.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs programs of this machine.
public final class Programs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int TAIL_LINES = 20;

  /// What a shell answers for a program that is not there.
  private static final int NOT_FOUND = 127;

  private Programs() {}

  /// How a program ended.
  ///
  /// @param output of both kinds, without white space at the ends; the reason, if there is no such
  ///   program
  public record Ended(int status, String output) {
    public boolean well() {
      return status == 0;
    }
  }

  /// Runs a program to its end, without input. One that is not there ends with 127.
  public static Ended run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output.strip());
    } catch (IOException absent) {
      return new Ended(NOT_FOUND, String.valueOf(absent.getMessage()));
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  public static Ended run(String... command) {
    return run(List.of(command));
  }

  /// Runs a program that has to succeed, and returns its output of both kinds.
  ///
  /// @throws LabException if it fails; names the command and what it said
  public static String must(List<String> command) {
    Ended ended = run(command);
    if (!ended.well()) {
      throw new LabException(String.join(" ", command) + " failed: " + ended.output());
    }
    return ended.output();
  }

  public static String must(String... command) {
    return must(List.of(command));
  }

  /// Runs a program that has to succeed, and returns its standard output alone; its standard error
  /// is ours.
  ///
  /// @throws LabException if it fails
  public static String output(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new LabException(String.join(" ", command) + " ended with " + status);
      }
      return output;
    } catch (IOException e) {
      throw new LabException("cannot run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Starts a program that ends with this one at the latest; its output goes to the end of `log`.
  public static Process start(List<String> command, Path log) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      return process;
    } catch (IOException e) {
      throw new LabException("cannot start " + command.getFirst(), e);
    }
  }

  /// Waits until a process ends by itself; false if it does not within `time`.
  public static boolean endsWithin(Process process, Duration time) {
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Asks a process to end, and makes it if it does not within half a minute.
  public static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  /// The last lines of a log, for messages.
  public static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(" + log + " cannot be read)";
    }
  }
}
