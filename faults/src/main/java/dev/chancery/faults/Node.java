package dev.chancery.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Loopback;
import dev.chancery.lab.Programs;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// A server that runs as a program of its own.
final class Node implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// A node's ports.
  record Ports(int tls, int clear) {}

  private final Path data;
  private final Path log;
  private final Process process;
  private final CompletableFuture<Ports> ready = new CompletableFuture<>();
  private final BlockingQueue<String> armed = new ArrayBlockingQueue<>(64);

  private Node(Path data, Path log, Process process) {
    this.data = data;
    this.log = log;
    this.process = process;
    Thread.ofVirtual().start(this::listen);
  }

  /// Starts a server and does not wait for it.
  ///
  /// @param jvm of the version that shall serve
  /// @param log gets what the server says on standard error
  static Node launch(ServerJvm jvm, Path data, Path log, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(jvm.serve(data))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new Node(data, log, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("the server cannot be started", e);
    }
  }

  /// The server says one JSON object, over several lines, when it is ready.
  private void listen() {
    StringBuilder object = new StringBuilder();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals("armed")) {
          armed.add(line);
        } else {
          object.append(line).append('\n');
        }
        if (line.equals("}")) {
          JsonNode json = JSON.readTree(object.toString());
          ready.complete(new Ports(json.path("tlsPort").asInt(), json.path("clearPort").asInt()));
        }
      }
      ready.completeExceptionally(new IOException("the server has ended"));
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
  }

  /// Waits until the server serves.
  ///
  /// @throws Violation if it ends instead, or takes longer than a minute
  void awaitReady() {
    try {
      var _ = ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new Violation("the server does not start by itself:\n" + tail());
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Waits until the server serves or has given up.
  ///
  /// @throws Violation if it does neither within a minute
  void awaitReadyOrEnd() {
    try {
      var _ = ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException ended) {
      if (!endsWithin(PATIENCE)) {
        throw new Violation("the server does not end:\n" + tail());
      }
    } catch (TimeoutException e) {
      throw new Violation("the server neither starts nor gives up:\n" + tail());
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// @throws IllegalStateException unless it is ready
  Ports ports() {
    return ready.resultNow();
  }

  Path data() {
    return data;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Has the server raise a signal at itself when `point` is reached for the `count`th time from
  /// now on.
  ///
  /// @param signal `kill` or `stop`
  void arm(FaultPoint point, int count, String signal) {
    say(signal + " " + point.name() + " " + count);
  }

  /// Takes the last [#arm] back.
  void disarm() {
    say("kill " + FaultPoint.SIGNED.name() + " 0");
  }

  private void say(String line) {
    try {
      OutputStream in = process.getOutputStream();
      in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      in.flush();
      if (armed.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS) == null) {
        throw new LabException("the server does not take: " + line);
      }
    } catch (IOException e) {
      throw new LabException("the server cannot be told: " + line + "\n" + tail(), e);
    } catch (InterruptedException e) {
      throw LabException.interrupted(e);
    }
  }

  /// Sends a signal by its name, such as `KILL`.
  void signal(String name) {
    Programs.must("kill", "-s", name, pid());
  }

  /// Kills it and waits until it is gone.
  void kill() {
    var _ = process.destroyForcibly();
    var _ = endsWithin(PATIENCE);
  }

  /// Waits until the process ends by itself; false if it does not.
  boolean endsWithin(Duration time) {
    return Programs.endsWithin(process, time);
  }

  int exitCode() {
    return process.exitValue();
  }

  /// True if the kernel has stopped every thread of the process, so that no system call of theirs
  /// is under way.
  boolean isStopped() {
    try (Stream<Path> threads = Files.list(Path.of("/proc", pid(), "task"))) {
      return threads.allMatch(Node::isStopped);
    } catch (IOException gone) {
      return false;
    }
  }

  private static boolean isStopped(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
    } catch (IOException gone) {
      return true;
    }
  }

  /// Stops the process and returns when it stands still.
  void stop() {
    signal("STOP");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isStopped()) {
      if (endsWithin(Duration.ofMillis(1)) || System.nanoTime() > end) {
        throw new LabException("the server does not stand still");
      }
    }
  }

  private String pid() {
    return Long.toString(process.pid());
  }

  /// What `/readyz` and `/healthz` say; 0 if nobody answers.
  int status(String path) {
    return Loopback.httpStatus(ports().clear(), path, PATIENCE);
  }

  /// Runs an operator's command.
  JsonNode command(String name, ObjectNode arguments) {
    try {
      return new AdminClient(AdminSocket.in(data)).call(name, arguments, Progress.UNWATCHED);
    } catch (AdminUnreachableException e) {
      throw new Violation("the server does not answer its operator: " + name + "\n" + tail());
    }
  }

  /// The end of the server's log, for messages.
  String tail() {
    return Programs.tail(log);
  }

  @Override
  public void close() {
    kill();
    FakeClock.forget(process.pid());
  }
}
