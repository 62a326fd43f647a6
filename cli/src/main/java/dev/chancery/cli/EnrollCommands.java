package dev.chancery.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstServer;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.est.wire.EstLabel;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.server.admin.Json;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery enroll …`: the client side, one command per protocol.
@Command(
    name = "enroll",
    description = "Gets a certificate for this machine, and renews it.",
    subcommands = {EnrollCommands.Est.class, ScepEnroll.class})
final class EnrollCommands extends CommandGroup {
  /// Enrols over EST.
  @Command(
      name = "est",
      description = {
        "Gets a certificate over EST (RFC 7030), or renews the one that is there.",
        "The key is made here and written (mode 0600) before the server is asked. The first time, the "
            + "server's CA is believed by its fingerprint; from then on by the stored CA certificate.",
        "The credential's secret is read from --secret-file, from the environment (CHANCERY_SECRET) or "
            + "from the terminal; never from the command line, which everybody can read.",
        "Where an operator has to decide, it exits with 3; the same command again asks again."
      },
      footer = {
        "",
        "Examples:",
        "  CHANCERY_SECRET=… chancery enroll est https://ca.example:8443 --fingerprint AB:CD:… \\",
        "    --credential device-1 --subject CN=device-1 --san dns:device-1.example --out device-1",
        "  chancery enroll est https://ca.example:8443 --renew --out device-1"
      })
  static final class Est extends Subcommand implements Callable<Integer> {
    private static final Pattern WITH_CODE = Pattern.compile("(.*) \\(([a-z-]+)\\)");
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Parameters(paramLabel = "URL", description = "The server, such as https://ca.example:8443.")
    private String url = "";

    @Option(
        names = "--label",
        paramLabel = "LABEL",
        description = "The EST label, where it has many.")
    private Optional<String> label = Optional.empty();

    @Option(
        names = "--fingerprint",
        paramLabel = "SHA256",
        description = "SHA-256 of the CA certificate to believe, hex, with or without colons.")
    private Optional<String> fingerprint = Optional.empty();

    @Option(names = "--credential", paramLabel = "ID", description = "The credential's id.")
    private Optional<String> credential = Optional.empty();

    @Option(
        names = "--secret-file",
        paramLabel = "FILE",
        description = "A file whose first line is the credential's secret.")
    private Optional<Path> secretFile = Optional.empty();

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        description = "Such as CN=device-1 (default: what the credential entitles to).")
    private Optional<String> subject = Optional.empty();

    @Option(
        names = "--san",
        paramLabel = "KIND:NAME",
        description = "A subject alternative name, such as dns:device-1.example (repeatable).")
    private List<String> sans = new ArrayList<>();

    @Option(
        names = "--key-type",
        paramLabel = "TYPE",
        defaultValue = "p-256",
        description =
            "p-256, p-384, p-521, rsa-2048, rsa-3072, rsa-4096, ed25519, ml-dsa-44, ml-dsa-65 or"
                + " ml-dsa-87 (default: p-256).")
    private String keyType = "p-256";

    @Option(
        names = "--out",
        paramLabel = "DIR",
        defaultValue = ".",
        description = "Where key.pem, cert.pem and ca.pem are (default: the current folder).")
    private Path out = Path.of(".");

    @Option(names = "--key", paramLabel = "FILE", description = "The key's file instead.")
    private Optional<Path> key = Optional.empty();

    @Option(names = "--cert", paramLabel = "FILE", description = "The certificate's file instead.")
    private Optional<Path> certificate = Optional.empty();

    @Option(names = "--ca", paramLabel = "FILE", description = "The CA certificate's file instead.")
    private Optional<Path> ca = Optional.empty();

    @Option(
        names = "--renew",
        description = "Renews the certificate that is there, by showing it to the server.")
    private boolean renew;

    @Option(
        names = "--keep-key",
        description = "With --renew: keeps the key (default: a fresh one).")
    private boolean keepKey;

    @Option(names = "--wait", description = "Waits for the operator and asks again by itself.")
    private boolean wait;

    @Override
    public Integer call() {
      EstServer server = server();
      KeyType type = keyType();
      SubjectNames names = names();
      DeviceFiles files = files();
      checkOptions(files);
      EstClient client = new EstClient(server, TIMEOUT, Clock.systemUTC());
      try {
        if (renew) {
          files.recover();
          return renew(client, files, type);
        }
        return enroll(client, files, type, names, authentication());
      } catch (EstClientException.Refused e) {
        throw new FailedException(refusal(e), hintFor(e.status()), e);
      } catch (EstClientException e) {
        throw new FailedException(
            String.valueOf(e.getMessage()),
            e instanceof EstClientException.Transport
                ? "is the address right, and does the server run?"
                : "compare with what the server shows: chancery ca show",
            e);
      }
    }

    private int enroll(
        EstClient client,
        DeviceFiles files,
        KeyType type,
        SubjectNames names,
        ClientAuthentication by) {
      TrustAnchors anchors = anchors(client, files);
      // From here on the server is known to be the right one; before that, nothing is written.
      files.prepare();
      files.storeAnchors(anchors.anchors());
      KeyPair pair = files.keyForEnrollment(type);
      var request = CertificationRequestBuilder.builder(names, pair).build();
      return finish(
          () -> client.enroll(anchors, by, request),
          issued -> files.store(chain(issued, anchors)),
          files);
    }

    private int renew(EstClient client, DeviceFiles files, KeyType type) {
      TrustAnchors anchors = anchors(client, files);
      CertificateChain old = files.chain();
      List<Certificate> shown = new ArrayList<>(List.of(old.leaf()));
      shown.addAll(old.authorities());
      KeyPair pair = files.keyPair();
      var holder = new ClientAuthentication.Holder(pair.getPrivate(), shown);
      KeyPair next = keepKey ? pair : files.keyForRenewal(type);
      var request = CertificationRequestBuilder.builder(old.leaf().names(), next).build();
      return finish(
          () -> client.reenroll(anchors, holder, request),
          issued -> {
            if (keepKey) {
              files.store(chain(issued, anchors));
            } else {
              files.storeWithNextKey(chain(issued, anchors));
            }
          },
          files);
    }

    private int finish(
        Supplier<Enrollment> ask, Consumer<Enrollment.Issued> store, DeviceFiles files) {
      while (true) {
        switch (ask.get()) {
          case Enrollment.Issued issued -> {
            store.accept(issued);
            show(issued.certificate(), files);
            return ExitCode.DONE;
          }
          case Enrollment.Pending(Duration retryAfter) -> {
            if (!wait) {
              showPending(retryAfter);
              return ExitCode.PENDING;
            }
            chancery()
                .terminal()
                .note("waiting for an operator; asks again in " + Lifetime.text(retryAfter));
            sleep(retryAfter);
          }
        }
      }
    }

    private void show(Certificate issued, DeviceFiles files) {
      Terminal terminal = chancery().terminal();
      if (chancery().json()) {
        ObjectNode json = Json.object().put("state", "issued");
        json.put("serial", issued.serialNumber().toString());
        json.put("subject", issued.subject().toString());
        json.set("sans", Json.texts(issued.names().alternatives()));
        json.put("notAfter", issued.notAfter().toString());
        json.put("sha256", issued.sha256Hex());
        json.put("key", files.key().toString());
        json.put("cert", files.certificate().toString());
        json.put("ca", files.anchors().toString());
        terminal.result(json);
        return;
      }
      terminal.result("certificate  " + Terminal.printable(issued.names().toString()));
      terminal.result("serial       " + issued.serialNumber());
      terminal.result("valid to     " + issued.notAfter());
      terminal.result(
          "files        " + files.key() + " " + files.certificate() + " " + files.anchors());
    }

    private void showPending(Duration retryAfter) {
      Terminal terminal = chancery().terminal();
      if (chancery().json()) {
        terminal.result(
            Json.object().put("state", "pending").put("retryAfterSeconds", retryAfter.toSeconds()));
      } else {
        terminal.note("an operator has to decide; ask again in " + Lifetime.text(retryAfter));
        terminal.note("hint: the same command again, or with --wait; the key is kept");
      }
    }

    private static void sleep(Duration duration) {
      try {
        Thread.sleep(duration);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FailedException("interrupted while waiting", "", e);
      }
    }

    /// What the server is checked against: by fingerprint, else what is stored.
    private TrustAnchors anchors(EstClient client, DeviceFiles files) {
      if (fingerprint.isPresent()) {
        Fingerprint pinned;
        try {
          pinned = Fingerprint.parse(fingerprint.get());
        } catch (MalformedException e) {
          throw FailedException.usage(
              "--fingerprint: " + e.safeMessage(), "see it on the server: chancery ca show");
        }
        return client.bootstrap(pinned);
      }
      List<Certificate> stored =
          files
              .storedAnchors()
              .orElseThrow(() ->
                  FailedException.usage(
                      "there is nothing to check the server by: no --fingerprint, and no "
                          + files.anchors(),
                      "see the fingerprint on the server: chancery ca show"));
      List<Certificate> between =
          client.caCertificates(new TrustAnchors("explicit", stored, List.of())).stream()
              .filter(one -> !stored.contains(one))
              .toList();
      return new TrustAnchors("explicit", stored, between);
    }

    /// The issued certificate and what leads from it to an anchor, in order.
    private static CertificateChain chain(Enrollment.Issued issued, TrustAnchors anchors) {
      List<Certificate> known = new ArrayList<>(anchors.intermediates());
      known.addAll(issued.others());
      List<Certificate> above = new ArrayList<>();
      Certificate last = issued.certificate();
      while (true) {
        Certificate below = last;
        Optional<Certificate> next =
            known.stream()
                .filter(one -> !one.isSelfIssued() && !above.contains(one))
                .filter(one -> one.subject().equals(below.issuer()) && below.isSignedBy(one))
                .findFirst();
        if (next.isEmpty()) {
          return new CertificateChain(issued.certificate(), above);
        }
        last = next.get();
        above.add(last);
      }
    }

    private ClientAuthentication authentication() {
      String id =
          credential.orElseThrow(() ->
              FailedException.usage(
                  "there is nothing to authenticate with: neither --credential nor --renew",
                  "make one on the server: chancery credential create --subject CN=…"));
      return new ClientAuthentication.Credential(id, Secret.read(secretFile, id));
    }

    private EstServer server() {
      try {
        EstServer server = EstServer.parse(url);
        if (label.isEmpty()) {
          return server;
        }
        return new EstServer(server.host(), server.port(), label.map(EstLabel::new));
      } catch (MalformedException e) {
        throw FailedException.usage(
            e.safeMessage(), "write it like https://ca.example:8443, and a label with --label");
      }
    }

    private KeyType keyType() {
      try {
        return KeyType.parse(keyType);
      } catch (MalformedException e) {
        throw FailedException.usage("\"" + keyType + "\" is no key type", e.safeMessage());
      }
    }

    private SubjectNames names() {
      try {
        return SubjectNames.parse(subject.orElse(""), sans);
      } catch (MalformedException e) {
        throw FailedException.usage(
            e.safeMessage(), "for instance --subject CN=device-1 --san dns:device-1.example");
      }
    }

    private DeviceFiles files() {
      DeviceFiles folder = DeviceFiles.in(out);
      return new DeviceFiles(
          key.orElse(folder.key()),
          certificate.orElse(folder.certificate()),
          ca.orElse(folder.anchors()));
    }

    private void checkOptions(DeviceFiles files) {
      if (renew && !files.hasCertificate()) {
        throw new FailedException(
            "there is no certificate to renew in " + files.certificate(),
            "get one first: leave out --renew, and give --credential");
      }
      if (!renew && files.hasCertificate()) {
        throw new FailedException(
            "there is a certificate already in " + files.certificate(),
            "renew it with --renew, or choose another --out");
      }
      if (renew && (credential.isPresent() || subject.isPresent() || !sans.isEmpty())) {
        throw FailedException.usage(
            "--renew takes the names of the certificate that is there, and authenticates with it",
            "leave out --credential, --subject and --san");
      }
      if (keepKey && !renew) {
        throw FailedException.usage("--keep-key belongs to --renew", "");
      }
    }

    /// Our servers end their explanation with the stable code in parentheses; others may say
    /// anything.
    private static String refusal(EstClientException.Refused e) {
      if (e.explanation().isEmpty()) {
        return String.valueOf(e.getMessage());
      }
      Matcher coded = WITH_CODE.matcher(e.explanation());
      return coded.matches()
          ? "refused (" + coded.group(2) + "): " + coded.group(1)
          : "refused: " + e.explanation();
    }

    private static String hintFor(int status) {
      return switch (status) {
        case 401, 403 -> "a fresh credential comes from: chancery credential create --subject CN=…";
        case 404 -> "is the label right? see est.endpoints in the server's chancery.yaml";
        case 503 -> "the server cannot issue now; try again later";
        default -> "";
      };
    }
  }
}
