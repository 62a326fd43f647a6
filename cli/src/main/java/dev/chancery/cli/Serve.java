package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.server.ChanceryServer;
import dev.chancery.server.admin.Json;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/// `chancery serve`: runs the server until SIGTERM or Ctrl-C, and reloads it on SIGHUP.
@Command(
    name = "serve",
    description = {
      "Runs the server.",
      "The first start makes the data folder: the CA, chancery.yaml, the database, and a credential with "
          + "which to try it.",
      "Ctrl-C and SIGTERM finish the requests under way and stop; SIGHUP reads chancery.yaml again."
    },
    footer = {"", "Examples:", "  chancery serve", "  chancery serve --data /var/lib/chancery"})
final class Serve extends Subcommand implements Callable<Integer> {
  private static final String DEVICE = "device-1.example";
  private static final int SIGINT_EXIT_CODE = 130;

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    try (ChanceryServer server = ChanceryServer.start(chancery().data(), Clock.systemUTC())) {
      stopOn("INT", stop);
      stopOn("TERM", stop);
      Signals.on("HUP", () -> reload(server));
      Optional<Credentials.Created> first =
          isUntried(server) ? Optional.of(firstCredential(server)) : Optional.empty();
      if (chancery().json()) {
        chancery().terminal().result(ready(server, first));
      } else {
        greet(server, first);
      }
      stop.await();
      chancery().terminal().note("stopping: finishing the requests under way");
    }
    return ExitCode.DONE;
  }

  /// The first signal stops in order, the second at once.
  private static void stopOn(String signal, CountDownLatch stop) {
    Signals.on(
        signal,
        () -> {
          if (stop.getCount() == 0) {
            Runtime.getRuntime().halt(SIGINT_EXIT_CODE);
          }
          stop.countDown();
        });
  }

  /// A first start that failed halfway, because a port was taken for instance, is made up for.
  private static boolean isUntried(ChanceryServer server) {
    return server.firstStart() || server.services().credentials().list(1).isEmpty();
  }

  private void reload(ChanceryServer server) {
    try {
      server.reload();
    } catch (ConfigurationException e) {
      e.problems()
          .forEach(problem ->
              chancery()
                  .terminal()
                  .error("configuration: " + problem, "the old one stays in force"));
    } catch (RuntimeException e) {
      chancery().terminal().error("cannot reload: " + e.getMessage(), "the old one stays in force");
    }
  }

  private static Credentials.Created firstCredential(ChanceryServer server) {
    return server
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Exactly(
                    SubjectNames.parse("CN=" + DEVICE, List.of("dns:" + DEVICE))),
                "device",
                List.of(),
                1,
                Duration.ofHours(24),
                Optional.empty()),
            "server");
  }

  private static ObjectNode ready(ChanceryServer server, Optional<Credentials.Created> first) {
    ObjectNode json =
        Json.object()
            .put("state", "ready")
            .put("tlsPort", server.tlsPort())
            .put("clearPort", server.clearPort())
            .put("rootSha256", server.root().sha256Hex());
    json.set("hostNames", Json.texts(server.hostNames()));
    first.ifPresent(created ->
        json.putObject("credential")
            .put("id", created.credential().id())
            .put("secret", created.secret()));
    return json;
  }

  private void greet(ChanceryServer server, Optional<Credentials.Created> first) {
    Terminal terminal = chancery().terminal();
    String fingerprint = Fingerprint.of(server.root()).toString();
    terminal.result("root CA SHA-256  " + fingerprint);
    first.ifPresent(created -> {
      String url = "https://" + host(server) + ":" + server.tlsPort();
      String id = created.credential().id();
      terminal.result("credential       " + id);
      terminal.result("secret           " + created.secret());
      terminal.result("                 for one certificate for " + DEVICE + ", within 24 hours");
      terminal.result("");
      terminal.result("Get that certificate with Chancery's own client, from another terminal:");
      terminal.result("");
      ownClient(url, fingerprint, id, created.secret()).forEach(terminal::result);
      terminal.result("");
      terminal.result("or with curl and openssl:");
      terminal.result("");
      curl(url + "/.well-known/est", fingerprint, id, created.secret()).forEach(terminal::result);
      terminal.result("");
    });
    terminal.result(
        "ready: TLS (EST) on port "
            + server.tlsPort()
            + ", clear (health) on port "
            + server.clearPort());
  }

  private static List<String> ownClient(String url, String fingerprint, String id, String secret) {
    return List.of(
        "CHANCERY_SECRET=" + secret + " ./chancery enroll est " + url + " \\",
        "  --fingerprint " + fingerprint + " \\",
        "  --credential " + id + " --out device-1");
  }

  /// In the folder that the lines make, `root.pem` comes to be only if the fingerprint is right.
  private static List<String> curl(String est, String fingerprint, String id, String secret) {
    return List.of(
        "mkdir -p device-1-curl",
        "curl -sSfk " + est + "/cacerts | openssl base64 -d |",
        "  openssl pkcs7 -inform DER -print_certs |",
        "  awk '/BEGIN/ {n++} n {print > (\"device-1-curl/ca-\" n \".pem\")}'",
        "for f in device-1-curl/ca-*.pem; do openssl x509 -in $f -noout -fingerprint -sha256 |",
        "  grep -q " + fingerprint + " && cp $f device-1-curl/root.pem; done",
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\",
        "  -keyout device-1-curl/key.pem -subj /CN=" + DEVICE + " -outform DER |",
        "  openssl base64 | curl -sSf --cacert device-1-curl/root.pem -u "
            + id
            + ":"
            + secret
            + " \\",
        "  -H 'Content-Type: application/pkcs10' --data-binary @- " + est + "/simpleenroll |",
        "  openssl base64 -d | openssl pkcs7 -inform DER -print_certs -out device-1-curl/cert.pem",
        "openssl x509 -in device-1-curl/cert.pem -noout -subject -issuer -dates");
  }

  private static String host(ChanceryServer server) {
    List<String> names = List.copyOf(server.hostNames());
    return names.isEmpty() || names.contains("localhost") ? "localhost" : names.getFirst();
  }
}
