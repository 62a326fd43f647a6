package dev.chancery.server;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/// Prints how long a start takes, from the start of the Java process until it serves. The argument
/// is a data folder.
final class StartupTime {
  private StartupTime() {}

  public static void main(String[] arguments) throws InterruptedException {
    Instant process = ProcessHandle.current().info().startInstant().orElseThrow();
    try (ChanceryServer server = ChanceryServer.start(Path.of(arguments[0]), Clock.systemUTC())) {
      System.out.println(
          "ready after "
              + Duration.between(process, Instant.now()).toMillis()
              + " ms on ports "
              + server.tlsPort()
              + " and "
              + server.clearPort());
      if (arguments.length > 1) {
        Thread.currentThread().join(Duration.ofMinutes(10));
      }
    }
  }
}
