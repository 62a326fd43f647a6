package dev.chancery.cli;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.ScepClientException;
import dev.chancery.scep.wire.TransactionId;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery enroll scep`: a first certificate, the question what became of one, and renewals.
@Command(
    name = "scep",
    description = {
      "Gets a certificate over SCEP (RFC 8894), or renews the one that is there.",
      "The key is made here and written (mode 0600) before the server is asked. The first time, the "
          + "server's CA is believed by its fingerprint; from then on by the stored CA certificate.",
      "The challenge password is read from --challenge-file; or, for Chancery's own servers, it is made "
          + "of --credential and its secret, which is read from --secret-file, from the environment "
          + "(CHANCERY_SECRET) or from the terminal.",
      "Where an operator has to decide, it exits with 3; the same command again asks what became of it."
    },
    footer = {
      "",
      "Exit codes: 0 the certificate is there and verified, 1 failed here, 2 wrong usage, 3 not yet,",
      "4 refused by the server (badRequest), 5 the server is not to be trusted, 6 no SCEP server",
      "answers, 13 badAlg, 14 badMessageCheck, 15 badTime, 16 badCertId, 17 the server cannot answer",
      "now. The commands of chancery scep have the same.",
      "",
      "Examples:",
      "  CHANCERY_SECRET=… chancery enroll scep http://ca.example:8080/scep --fingerprint AB:CD:… \\",
      "    --credential device-1 --subject CN=device-1 --out device-1",
      "  chancery enroll scep http://ca.example:8080/scep --renew --out device-1"
    })
final class ScepEnroll extends Subcommand implements Callable<Integer> {
  /// How long a server has to answer.
  static final Duration TIMEOUT = Duration.ofSeconds(20);

  @Parameters(
      paramLabel = "URL",
      description = "The endpoint, such as http://ca.example:8080/scep.")
  private String url = "";

  @Option(
      names = "--fingerprint",
      paramLabel = "SHA256",
      description = "SHA-256 of the CA certificate to believe, hex, with or without colons.")
  private Optional<String> fingerprint = Optional.empty();

  @Mixin private CredentialOptions credential = new CredentialOptions();

  @Option(
      names = "--challenge-file",
      paramLabel = "FILE",
      description = "A file whose first line is the whole challenge password, for other servers.")
  private Optional<Path> challengeFile = Optional.empty();

  @Option(names = "--subject", paramLabel = "NAME", description = "Such as CN=device-1.")
  private Optional<String> subject = Optional.empty();

  @Option(
      names = "--san",
      paramLabel = "KIND:NAME",
      description = "A subject alternative name, such as dns:device-1.example (repeatable).")
  private List<String> sans = new ArrayList<>();

  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      defaultValue = "rsa-2048",
      description =
          "rsa-2048, rsa-3072, rsa-4096, p-256, p-384 or p-521 (default: rsa-2048; few servers can"
              + " answer an EC key).")
  private String keyType = "rsa-2048";

  @Mixin private HeldOptions held = new HeldOptions();

  @Option(
      names = "--renew",
      description = "Renews the certificate that is there, by signing with its key.")
  private boolean renew;

  @Option(
      names = "--weak-algorithms",
      description = "Also takes SHA-1 and triple DES, for servers that know nothing else.")
  private boolean weakAlgorithms;

  @Override
  public Integer call() {
    DeviceFiles files = held.files();
    checkOptions(files);
    ScepClient client = ScepCommands.client(url, weakAlgorithms, chancery().terminal());
    return ScepCommands.explained(() -> {
      Authorities authorities =
          client.authorities(ScepCommands.trust(fingerprint, files.storedAnchors()));
      files.prepare();
      files.storeAnchors(authorities.anchors());
      return renew ? renew(client, authorities, files) : enroll(client, authorities, files);
    });
  }

  private int enroll(ScepClient client, Authorities authorities, DeviceFiles files) {
    KeyPair pair = files.keyForEnrollment(ScepCommands.keyType(keyType));
    Optional<Waiting> waiting = Waiting.in(held.folder());
    if (waiting.isPresent()) {
      return ask(client, authorities, files, waiting.get());
    }
    CertificationRequest request =
        CertificationRequestBuilder.builder(names(), pair).challengePassword(challenge()).build();
    Waiting fresh = new Waiting(TransactionId.fresh(), request);
    MessageKey signer = client.selfSigned(request.template().names().subject(), pair);
    // Before the server is asked: after a crash the same transaction is asked about.
    fresh.keep(held.folder());
    return finish(
        () -> client.enroll(authorities, signer, fresh.transactionId(), request),
        authorities,
        files,
        false);
  }

  /// Asks what became of a request. One that the server does not know any more is forgotten.
  private int ask(ScepClient client, Authorities authorities, DeviceFiles files, Waiting waiting) {
    CertificationRequest request = waiting.request();
    MessageKey signer = client.selfSigned(request.template().names().subject(), files.keyPair());
    return finish(
        () -> client.poll(authorities, signer, waiting.transactionId(), request),
        authorities,
        files,
        false);
  }

  private int renew(ScepClient client, Authorities authorities, DeviceFiles files) {
    files.recover();
    Certificate old = files.leaf();
    KeyPair pair = files.keyPair();
    KeyPair next = held.keepsKey() ? pair : files.keyForRenewal(ScepCommands.keyType(keyType));
    CertificationRequest request = CertificationRequestBuilder.builder(old.names(), next).build();
    return finish(
        () ->
            client.renew(
                authorities,
                new MessageKey(old, pair.getPrivate()),
                TransactionId.fresh(),
                request),
        authorities,
        files,
        !held.keepsKey());
  }

  private int finish(
      Supplier<Enrollment> question,
      Authorities authorities,
      DeviceFiles files,
      boolean withNextKey) {
    Enrollment enrollment;
    try {
      enrollment = question.get();
    } catch (ScepClientException.Refused e) {
      Waiting.forget(held.folder());
      throw e;
    }
    return switch (enrollment) {
      case Enrollment.Issued issued -> {
        CertificateChain chain =
            new CertificateChain(
                issued.certificate(),
                authorities.issuers().stream().filter(one -> !one.isSelfIssued()).toList());
        if (withNextKey) {
          files.storeWithNextKey(chain);
        } else {
          files.store(chain);
        }
        Waiting.forget(held.folder());
        IssuedReport.show(chancery(), issued.certificate(), files);
        yield ExitCode.DONE;
      }
      case Enrollment.Pending(TransactionId transactionId) -> {
        showPending(transactionId);
        yield ExitCode.PENDING;
      }
    };
  }

  /// A request that has been sent and not been answered yet, in `scep-request.pem` (mode 0600,
  /// since it holds the challenge password).
  record Waiting(TransactionId transactionId, CertificationRequest request) {
    private static final String PREFIX = "transaction: ";

    private static Path file(Path folder) {
      return folder.resolve("scep-request.pem");
    }

    static Optional<Waiting> in(Path folder) {
      Path file = file(folder);
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      try {
        String text = Files.readString(file);
        String first = text.lines().findFirst().orElse("");
        return Optional.of(
            new Waiting(
                new TransactionId(first.substring(Math.min(PREFIX.length(), first.length()))),
                CertificationRequest.parse(
                    Pem.parseAll(text.substring(first.length())).getFirst().der().toByteArray())));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
      } catch (MalformedException | java.util.NoSuchElementException e) {
        throw new FailedException(
            file + " is damaged", "remove it, and enrol anew with a fresh credential", e);
      }
    }

    void keep(Path folder) {
      DurableFile.write(
          file(folder), PREFIX + transactionId + "\n" + request.toPem(), Access.PRIVATE);
    }

    static void forget(Path folder) {
      try {
        Files.deleteIfExists(file(folder));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot remove " + file(folder), e);
      }
    }
  }

  private void showPending(TransactionId transactionId) {
    Terminal terminal = chancery().terminal();
    if (chancery().json()) {
      terminal.result(
          Json.object().put("state", "pending").put("transaction", transactionId.value()));
    } else {
      terminal.note("an operator has to decide about transaction " + transactionId);
      terminal.note("hint: the same command again asks what became of it; the key is kept");
    }
  }

  private String challenge() {
    if (challengeFile.isPresent()) {
      return Secret.read(challengeFile, "challenge");
    }
    return credential
        .read()
        .map(known -> known.id() + ":" + known.secret())
        .orElseThrow(() ->
            FailedException.usage(
                "there is nothing to authenticate with: no --credential, --challenge-file or --renew",
                "make one on the server: chancery credential create --subject CN=…"));
  }

  private SubjectNames names() {
    try {
      return SubjectNames.parse(subject.orElse(""), sans);
    } catch (MalformedException e) {
      throw FailedException.usage(
          e.safeMessage(), "for instance --subject CN=device-1 --san dns:device-1.example");
    }
  }

  private void checkOptions(DeviceFiles files) {
    KeyType type = ScepCommands.keyType(keyType);
    if (!type.isRsa() && !type.isEc()) {
      throw FailedException.usage("SCEP knows RSA and EC keys only", "choose rsa-2048 or p-256");
    }
    HeldOptions.check(files, renew);
    if (renew
        && (credential.given()
            || challengeFile.isPresent()
            || subject.isPresent()
            || !sans.isEmpty())) {
      throw FailedException.usage(
          "--renew takes the names of the certificate that is there, and authenticates with it",
          "leave out --credential, --challenge-file, --subject and --san");
    }
    if (held.keepsKey() && !renew) {
      throw FailedException.usage("--keep-key belongs to --renew", "");
    }
  }
}
