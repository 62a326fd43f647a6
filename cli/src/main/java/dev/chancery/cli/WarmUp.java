package dev.chancery.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.chancery.authority.files.DurableFile;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.server.ChanceryServer;
import dev.chancery.server.admin.AdminClient;
import dev.chancery.server.admin.AdminSocket;
import dev.chancery.server.admin.AdminUnreachableException;
import dev.chancery.server.admin.Json;
import dev.chancery.server.admin.Progress;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/// `chancery warm-up`: a server for a moment, in a folder for a moment, that enrols and renews one
/// device; then a second start by `chancery serve`, since nearly all starts find a folder that has
/// been served from before. The `chancery` script runs it once for each build, so that the JVM can
/// write down which classes that took and load them faster from then on. Talks to nobody but
/// itself.
@Command(name = "warm-up", hidden = true, description = "Runs a server for a moment.")
final class WarmUp extends Subcommand implements Callable<Integer> {
  private static final String SETTINGS =
      """
      server:
        host-names: [localhost]
        tls:
          address: 127.0.0.1
          port: 0
        clear:
          address: 127.0.0.1
          port: 0
      """;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("chancery-warm-up-");
    try {
      Path data = folder.resolve("data");
      DurableFile.privateFolder(data);
      DurableFile.write(data.resolve("chancery.yaml"), SETTINGS, DurableFile.Access.PUBLIC);
      int enrolled;
      try (ChanceryServer server = ChanceryServer.start(data, Clock.systemUTC())) {
        enrolled = enroll(server, data, folder);
      }
      return Math.max(enrolled, serveAgain(data));
    } finally {
      delete(folder);
    }
  }

  private int enroll(ChanceryServer server, Path data, Path folder)
      throws IOException, AdminUnreachableException {
    var order = Json.object().put("subject", "CN=warm-up");
    var created =
        new AdminClient(AdminSocket.in(data)).call("credential.create", order, Progress.UNWATCHED);
    Path secret = folder.resolve("secret");
    DurableFile.write(secret, created.path("secret").asText(), DurableFile.Access.PRIVATE);
    String url = "https://localhost:" + server.tlsPort();
    String out = folder.resolve("device").toString();
    int first =
        Main.run(
            chancery().terminal(),
            "enroll",
            "est",
            url,
            "--fingerprint",
            Fingerprint.of(server.root()).toString(),
            "--credential",
            created.path("id").asText(),
            "--secret-file",
            secret.toString(),
            "--out",
            out);
    int second = Main.run(chancery().terminal(), "enroll", "est", url, "--renew", "--out", out);
    return Math.max(first, second);
  }

  private int serveAgain(Path data) throws IOException, InterruptedException, ExecutionException {
    try (PipedReader said = new PipedReader();
        PrintWriter results = new PrintWriter(new PipedWriter(said))) {
      Terminal terminal = new Terminal(results, chancery().terminal().err(), false);
      FutureTask<Integer> serving =
          new FutureTask<>(
              () -> Main.run(terminal, "serve", "--data", data.toString(), "--output", "json"));
      Thread.ofPlatform().name("serve").start(serving);
      int port = new ObjectMapper().readTree(said).path("clearPort").asInt();
      URI.create("http://127.0.0.1:" + port + "/readyz").toURL().openStream().close();
      Signals.raise("TERM");
      return serving.get();
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
