package dev.chancery.cli;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.est.client.KeyedEnrollment;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.Patience;
import dev.chancery.est.client.RequestDraft;
import dev.chancery.est.client.RequestPlan;
import dev.chancery.est.client.ServerKeyOrder;
import dev.chancery.est.client.Waiting;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.ChangeSubjectNameForm;
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
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `chancery enroll est`.
@Command(
    name = "est",
    description = {
      "Gets a certificate over EST (RFC 7030), or renews the one that is there.",
      "The key is made here and written (mode 0600) before the server is asked for the certificate. The "
          + "first time, the server is believed by its CA's fingerprint, by a file of anchors, or by what "
          + "this system trusts; from then on by the CA certificates that are stored.",
      "The credential's secret is read from --secret-file, from the environment (CHANCERY_SECRET) or "
          + "from the terminal; never from the command line, which everybody can read.",
      "Where an operator has to decide, it exits with 3; the same command again asks again.",
      "With --server-key the server makes the key and sends it with the certificate, once (RFC 7030 "
          + "section 4.4). Ask for that only where the device cannot; and let it be encrypted."
    },
    footer = {
      "",
      "Exit codes: 0 the certificate is there and verified, 1 failed here, 2 wrong usage, 3 not yet,",
      "4 refused by the server, 5 the server is not to be trusted, 6 no connection, 7 not an EST",
      "server, 8 a redirect that is not followed, 9 no CA with that fingerprint, 10 a certificate for",
      "another key came, 11 one that cannot be relied upon came, 12 the server demands what this side",
      "does not have. Unless it exits with 0, no certificate that was there is replaced.",
      "",
      "Examples:",
      "  CHANCERY_SECRET=… chancery enroll est https://ca.example:8443 --fingerprint AB:CD:… \\",
      "    --credential device-1 --subject CN=device-1 --san dns:device-1.example --out device-1",
      "  chancery enroll est https://ca.example:8443 --renew --out device-1",
      "  CHANCERY_SECRET=… chancery enroll est https://ca.example:8443 --credential device-2 \\",
      "    --fingerprint AB:CD:… --server-key --decrypt-key shared.key --decrypt-key-id device-2 \\",
      "    --out device-2"
    })
final class EnrollEst extends Subcommand implements Callable<Integer> {
  /// `--binding`.
  enum Binding {
    AUTO,
    REQUIRED,
    OFF
  }

  /// `--csr-attributes`.
  enum Attributes {
    FOLLOW,
    IGNORE
  }

  @Mixin private EstConnection connection = new EstConnection();

  @Option(
      names = "--fingerprint",
      paramLabel = "SHA256",
      description = "SHA-256 of the CA certificate to believe, hex, with or without colons.")
  private Optional<String> fingerprint = Optional.empty();

  @Option(
      names = "--anchors",
      paramLabel = "FILE",
      description = "CA certificates to believe (PEM), instead of --fingerprint.")
  private Optional<Path> anchorFile = Optional.empty();

  @Option(
      names = "--system-anchors",
      description =
          "Believes what this system trusts, for getting the CA certificates and for nothing else.")
  private boolean systemAnchors;

  @Mixin private CredentialOptions credential = new CredentialOptions();

  @Option(
      names = "--auth-cert",
      paramLabel = "FILE",
      description =
          "A certificate that this device has already, such as its manufacturer's, to authenticate"
              + " with; the leaf first. With --credential, both are shown.")
  private Optional<Path> authCertificate = Optional.empty();

  @Option(names = "--auth-key", paramLabel = "FILE", description = "Its key (PKCS#8, PEM).")
  private Optional<Path> authKey = Optional.empty();

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
      names = "--change-subject",
      paramLabel = "NAME",
      description =
          "With --renew or --auth-cert: asks for another subject than the certificate has (RFC 6402).")
  private Optional<String> changeSubject = Optional.empty();

  @Option(
      names = "--change-san",
      paramLabel = "KIND:NAME",
      description = "The same for subject alternative names (repeatable).")
  private List<String> changeSans = new ArrayList<>();

  @Option(
      names = "--change-form",
      paramLabel = "FORM",
      defaultValue = "tagged",
      description =
          "How the alternative names of such a change are encoded: tagged (RFC 10002), or bare for"
              + " servers that know RFC 6402 alone (default: tagged).")
  private String changeForm = "tagged";

  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      description =
          "p-256, p-384, p-521, rsa-2048, rsa-3072, rsa-4096, ed25519, ml-dsa-44, ml-dsa-65 or"
              + " ml-dsa-87 (default: what the server demands, else p-256).")
  private Optional<String> keyType = Optional.empty();

  @Option(
      names = "--csr-attributes",
      paramLabel = "HOW",
      defaultValue = "follow",
      description =
          "follow or ignore what the server wants to see in requests (default: follow). What it"
              + " demands and nobody has provided ends the command before a key is made.")
  private String csrAttributes = "follow";

  @Option(
      names = "--binding",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "Whether the request is linked to its TLS connection (RFC 7030 section 3.5): auto, if the"
              + " server demands it; required; or off (default: auto).")
  private String binding = "auto";

  @Mixin private HeldOptions held = new HeldOptions();

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

  @Mixin private ServerKeyOptions serverKey = new ServerKeyOptions();

  @Option(names = "--wait", description = "Waits for the operator and asks again by itself.")
  private boolean wait;

  @Option(
      names = "--wait-limit",
      paramLabel = "TIME",
      defaultValue = "7d",
      description = "With --wait: exits with 3 after this time (default: 7d).")
  private String waitLimit = "7d";

  @Override
  public Integer call() {
    Optional<KeyType> type = keyType();
    SubjectNames names = names("--subject", subject, sans);
    Optional<RequestDraft.NameChange> change = change();
    DeviceFiles files = files();
    if (serverKey.wanted()) {
      files.recover();
    }
    checkOptions(files, change.isPresent());
    if (systemAnchors) {
      // From the CA certificates on, the handshake says whom this client trusts (EST-066). Not
      // otherwise: a server that cannot tell that its chain fits would hang up.
      System.setProperty("jdk.tls.client.enableCAExtension", "true");
    }
    EstClient client = connection.client(chancery().terminal());
    try {
      if (renew) {
        files.recover();
        return renew(client, files, type, change);
      }
      if (serverKey.wanted()) {
        return enrollWithServerKey(
            client,
            files,
            new ServerKeyOrder(names, type.orElse(KeyType.P_256), serverKey.protection()));
      }
      return enroll(client, files, type, names, change, authentication());
    } catch (EstClientException e) {
      throw EstFailure.of(e);
    }
  }

  private int enroll(
      EstClient client,
      DeviceFiles files,
      Optional<KeyType> type,
      SubjectNames names,
      Optional<RequestDraft.NameChange> change,
      ClientAuthentication by) {
    TrustAnchors anchors = anchors(client, files);
    RequestPlan plan =
        plan(
            client,
            anchors,
            by,
            change.isPresent() && names.isEmpty() ? namesOf(by).orElse(names) : names,
            type.or(files::typeOfKeyForEnrollment));
    // From here on the server is known to be the right one; before that, nothing is written.
    files.prepare();
    files.storeAnchors(anchors.anchors());
    RequestDraft request =
        plan.draft(files.keyForEnrollment(plan.keyType()), change, linking(plan));
    return finish(
        client,
        () -> client.enroll(anchors, by, request),
        issued -> files.store(chain(issued, anchors)),
        files);
  }

  private int enrollWithServerKey(EstClient client, DeviceFiles files, ServerKeyOrder order) {
    ClientAuthentication by = authentication();
    TrustAnchors anchors = anchors(client, files);
    files.prepare();
    files.storeAnchors(anchors.anchors());
    return finish(
        client,
        () ->
            switch (client.serverKeygen(anchors, by, order)) {
              case KeyedEnrollment.Issued(var issuedCertificate, var others, var serverMade) -> {
                Enrollment.Issued issued = new Enrollment.Issued(issuedCertificate, others);
                // At once, since the server does not send the key again.
                try (serverMade) {
                  files.storeWithServerKey(chain(issued, anchors), serverMade.toPrivateKey());
                }
                yield issued;
              }
              case KeyedEnrollment.Pending(Duration retryAfter) ->
                  new Enrollment.Pending(retryAfter);
            },
        _ -> {},
        files);
  }

  private int renew(
      EstClient client,
      DeviceFiles files,
      Optional<KeyType> type,
      Optional<RequestDraft.NameChange> change) {
    TrustAnchors anchors = anchors(client, files);
    CertificateChain old = files.chain();
    List<Certificate> shown = new ArrayList<>(List.of(old.leaf()));
    shown.addAll(old.authorities());
    KeyPair pair = files.keyPair();
    var holder = new ClientAuthentication.Holder(pair.getPrivate(), shown);
    Optional<KeyType> wanted =
        held.keepsKey()
            ? old.leaf().subjectPublicKeyInfo().type()
            : type.or(files::typeOfKeyForRenewal);
    RequestPlan plan = plan(client, anchors, holder, old.leaf().names(), wanted);
    if (!files.storedAnchors().equals(Optional.of(anchors.anchors()))) {
      files.storeAnchors(anchors.anchors());
    }
    KeyPair next = held.keepsKey() ? pair : files.keyForRenewal(plan.keyType());
    RequestDraft request = plan.draft(next, change, linking(plan));
    return finish(
        client,
        () -> client.reenroll(anchors, holder, request),
        issued -> {
          if (held.keepsKey()) {
            files.store(chain(issued, anchors));
          } else {
            files.storeWithNextKey(chain(issued, anchors));
          }
        },
        files);
  }

  /// A request for a change bears the names that its requester has so far (RFC 6402 §2.8).
  private static Optional<SubjectNames> namesOf(ClientAuthentication by) {
    return switch (by) {
      case ClientAuthentication.Holder holder -> Optional.of(holder.chain().getFirst().names());
      case ClientAuthentication.Both both -> namesOf(both.holder());
      case ClientAuthentication.Credential _ -> Optional.empty();
    };
  }

  /// What the request will say, before there is a key.
  private RequestPlan plan(
      EstClient client,
      TrustAnchors anchors,
      ClientAuthentication by,
      SubjectNames names,
      Optional<KeyType> type) {
    RequestPlan plan =
        switch (EstConnection.choice(Attributes.class, "--csr-attributes", csrAttributes)) {
          case IGNORE -> RequestPlan.of(names, type);
          case FOLLOW -> RequestPlan.following(attributes(client, anchors, by), names, type);
        };
    plan.notes().forEach(note -> chancery().terminal().note(note));
    return plan;
  }

  /// Servers should tell everybody (RFC 7030 §4.5); the secret goes only to one that asks for it.
  private static CsrAttributes attributes(
      EstClient client, TrustAnchors anchors, ClientAuthentication by) {
    try {
      return by instanceof ClientAuthentication.Holder
          ? client.csrAttributes(anchors, by)
          : client.csrAttributes(anchors);
    } catch (EstClientException.Refused e) {
      if (e.status() != 401 || by instanceof ClientAuthentication.Holder) {
        throw e;
      }
      return client.csrAttributes(anchors, by);
    }
  }

  private Linking linking(RequestPlan plan) {
    return switch (EstConnection.choice(Binding.class, "--binding", binding)) {
      case AUTO -> plan.linkDemanded() ? Linking.REQUIRED : Linking.OFF;
      case REQUIRED -> Linking.REQUIRED;
      case OFF -> Linking.OFF;
    };
  }

  private int finish(
      EstClient client,
      Supplier<Enrollment> ask,
      Consumer<Enrollment.Issued> store,
      DeviceFiles files) {
    switch (wait ? waited(client, ask) : ask.get()) {
      case Enrollment.Issued issued -> {
        store.accept(issued);
        IssuedReport.show(chancery(), issued.certificate(), files);
        return ExitCode.DONE;
      }
      case Enrollment.Pending(Duration retryAfter) -> {
        showPending(retryAfter);
        return ExitCode.PENDING;
      }
    }
  }

  private Enrollment waited(EstClient client, Supplier<Enrollment> ask) {
    Clock clock = Clock.systemUTC();
    Waiting waiting = Waiting.on(clock);
    try {
      return client.untilDecided(
          ask,
          Patience.upTo(Lifetime.parse(waitLimit)),
          until -> {
            Duration left = Duration.between(clock.instant(), until);
            chancery()
                .terminal()
                .note("waiting for an operator; asks again in " + Lifetime.text(left));
            waiting.until(until);
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailedException("interrupted while waiting", "", e);
    }
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

  /// What the server is checked against: what the command line says, else what is stored. In each
  /// case the explicit anchors after the server's latest word about its CA.
  private TrustAnchors anchors(EstClient client, DeviceFiles files) {
    if (fingerprint.isPresent()) {
      return client.bootstrap(pinned(fingerprint.get()));
    }
    if (anchorFile.isPresent()) {
      List<Certificate> given = DeviceFiles.readCertificates(anchorFile.get());
      return client.refreshedAnchors(new TrustAnchors(EstClient.EXPLICIT, given, List.of()));
    }
    if (systemAnchors) {
      return client.refreshedAnchors(SystemAnchors.read());
    }
    List<Certificate> stored =
        files
            .storedAnchors()
            .orElseThrow(() ->
                FailedException.usage(
                    "there is nothing to check the server by: no --fingerprint, and no "
                        + files.anchors(),
                    "see the fingerprint on the server: chancery ca show"));
    return client.refreshedAnchors(new TrustAnchors(EstClient.EXPLICIT, stored, List.of()));
  }

  private static Fingerprint pinned(String text) {
    try {
      return Fingerprint.parse(text);
    } catch (MalformedException e) {
      throw FailedException.usage(
          "--fingerprint: " + e.safeMessage(), "see it on the server: chancery ca show");
    }
  }

  /// The issued certificate and what leads from it to an anchor, in order.
  static CertificateChain chain(Enrollment.Issued issued, TrustAnchors anchors) {
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
    Optional<ClientAuthentication.Holder> holder = authCertificate.map(this::holder);
    Optional<ClientAuthentication.Credential> shown =
        credential
            .read()
            .map(known -> new ClientAuthentication.Credential(known.id(), known.secret()));
    if (shown.isEmpty()) {
      return holder.orElseThrow(() ->
          FailedException.usage(
              "there is nothing to authenticate with: neither --credential, --auth-cert nor --renew",
              "make a credential on the server: chancery credential create --subject CN=…"));
    }
    return holder.isPresent()
        ? new ClientAuthentication.Both(holder.get(), shown.get())
        : shown.get();
  }

  private ClientAuthentication.Holder holder(Path certificates) {
    Path keyFile =
        authKey.orElseThrow(() -> FailedException.usage("--auth-cert needs --auth-key", ""));
    return new ClientAuthentication.Holder(
        DeviceFiles.readKey(keyFile).getPrivate(), DeviceFiles.readCertificates(certificates));
  }

  private Optional<KeyType> keyType() {
    try {
      return keyType.map(KeyType::parse);
    } catch (MalformedException e) {
      throw FailedException.usage("\"" + keyType.orElse("") + "\" is no key type", e.safeMessage());
    }
  }

  private static SubjectNames names(
      String option, Optional<String> subject, List<String> alternatives) {
    try {
      return SubjectNames.parse(subject.orElse(""), alternatives);
    } catch (MalformedException e) {
      throw FailedException.usage(
          option + ": " + e.safeMessage(),
          "for instance --subject CN=device-1 --san dns:device-1.example");
    }
  }

  private Optional<RequestDraft.NameChange> change() {
    if (changeSubject.isEmpty() && changeSans.isEmpty()) {
      return Optional.empty();
    }
    ChangeSubjectNameForm form =
        EstConnection.choice(ChangeSubjectNameForm.class, "--change-form", changeForm);
    return Optional.of(
        new RequestDraft.NameChange(names("--change-subject", changeSubject, changeSans), form));
  }

  private DeviceFiles files() {
    DeviceFiles folder = held.files();
    return new DeviceFiles(
        key.orElse(folder.key()),
        certificate.orElse(folder.certificate()),
        ca.orElse(folder.anchors()));
  }

  private void checkOptions(DeviceFiles files, boolean change) {
    HeldOptions.check(files, renew);
    if (renew
        && (credential.given()
            || authCertificate.isPresent()
            || subject.isPresent()
            || !sans.isEmpty())) {
      throw FailedException.usage(
          "--renew takes the names of the certificate that is there, and authenticates with it",
          "leave out --credential, --auth-cert, --subject and --san; other names are asked for with"
              + " --change-subject and --change-san");
    }
    if (serverKey.wanted() && (renew || change)) {
      throw FailedException.usage(
          "--server-key neither renews nor changes names: the key is always a new one",
          "enrol again into another --out, or renew with a key made here");
    }
    if (serverKey.wanted() && files.hasKey()) {
      throw new FailedException(
          "there is a key already in " + files.key(), "choose another --out, or move it away");
    }
    serverKey.check();
    if (held.keepsKey() && !renew) {
      throw FailedException.usage("--keep-key belongs to --renew", "");
    }
    if (change && !renew && authCertificate.isEmpty()) {
      throw FailedException.usage(
          "--change-subject and --change-san belong to --renew or --auth-cert",
          "without a certificate, say the names with --subject and --san");
    }
    long sources =
        Stream.of(fingerprint.isPresent(), anchorFile.isPresent(), systemAnchors)
            .filter(given -> given)
            .count();
    if (sources > 1) {
      throw FailedException.usage(
          "--fingerprint, --anchors and --system-anchors exclude each other", "choose one");
    }
  }
}
