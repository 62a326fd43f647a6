package dev.chancery.agent.hook;

import dev.chancery.agent.configuration.AgentConfiguration.Hooks;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the programs around a change of files.
public final class Hook {
  /// What a hook is told it was run for.
  public enum Event {
    BEFORE,
    AFTER,
    /// After the old files were put back.
    ROLLBACK
  }

  private static final Logger LOG = LoggerFactory.getLogger(Hook.class);
  private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG");
  private static final int MAX_OUTPUT = 4096;
  private static final int MAX_QUOTED_CHARACTERS = 300;

  private final String name;
  private final Path folder;
  private final Hooks settings;

  public Hook(String name, Path folder, Hooks settings) {
    this.name = name;
    this.folder = folder;
    this.settings = settings;
  }

  /// Runs the program for `event`, if there is one, and waits for its end.
  ///
  /// @throws FailedException if it cannot be started, does not end with 0, or takes too long; then
  ///   it has been killed
  public void run(Event event) {
    List<String> command = event == Event.BEFORE ? settings.before() : settings.after();
    if (command.isEmpty()) {
      return;
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(INHERITED);
    for (String variable : settings.environment()) {
      int equals = variable.indexOf('=');
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    environment.put("CHANCERY_NAME", name);
    environment.put("CHANCERY_FOLDER", folder.toString());
    environment.put("CHANCERY_EVENT", event.name().toLowerCase(Locale.ROOT));
    run(builder, event);
  }

  private void run(ProcessBuilder builder, Event event) {
    String program = builder.command().getFirst();
    Process process;
    try {
      process = builder.start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new FailedException(
          Failure.Code.HOOK, "the hook " + program + " cannot be run: " + e.getMessage(), e);
    }
    AtomicReference<String> output = new AtomicReference<>("");
    Thread reader = Thread.ofVirtual().start(() -> read(process, output));
    try {
      if (!process.waitFor(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new FailedException(
            Failure.Code.HOOK,
            "the hook " + program + " did not end within " + settings.timeout() + said(output));
      }
      // A child that it left behind may hold the pipe open for as long as it likes.
      reader.join(settings.timeout());
      if (process.exitValue() != 0) {
        throw new FailedException(
            Failure.Code.HOOK,
            "the hook " + program + " ended with " + process.exitValue() + said(output));
      }
      LOG.atInfo()
          .addKeyValue("certificate", name)
          .addKeyValue("hook", program)
          .addKeyValue("event", event.name().toLowerCase(Locale.ROOT))
          .log("hook done");
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new FailedException(Failure.Code.HOOK, "stopped while a hook was running", e);
    }
  }

  private static void read(Process process, AtomicReference<String> output) {
    byte[] buffer = new byte[1024];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        String text = new String(buffer, 0, n, StandardCharsets.UTF_8);
        output.updateAndGet(before -> before.length() < MAX_OUTPUT ? before + text : before);
      }
    } catch (IOException closed) {
      LOG.debug("a hook's output ended early", closed);
    }
  }

  /// Its words, on one line and fit for a terminal.
  private static String said(AtomicReference<String> output) {
    String text = output.get().replaceAll("[\\p{Cntrl}\\p{Cf}\\s\\u0080-\\u009f]+", " ").strip();
    if (text.isEmpty()) {
      return "";
    }
    return ": "
        + (text.length() > MAX_QUOTED_CHARACTERS
            ? text.substring(0, MAX_QUOTED_CHARACTERS) + "…"
            : text);
  }
}
