package dev.chancery.cli;

import dev.chancery.est.client.ClientAuthentication;
import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClient;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstCoapClient;
import dev.chancery.est.client.EstServer;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chancery enroll est-coaps`: a certificate over CoAP, by one that is there already.
@Command(
    name = "est-coaps",
    description = {
      "Gets a certificate over EST-coaps (RFC 9148), or renews the one that is there.",
      "Over CoAP both sides show certificates: the first time the device shows its manufacturer's "
          + "(--device-cert and --device-key), and there have to be trust anchors (--anchors). Keys are on P-256.",
      "Where an operator has to decide, it exits with 3; the same command again asks what became of it."
    },
    footer = {
      "",
      "Examples:",
      "  chancery enroll est-coaps coaps://ca.example --anchors root.pem --device-cert idevid.pem \\",
      "    --device-key idevid.key --subject CN=sensor-1 --out sensor-1",
      "  chancery enroll est-coaps coaps://ca.example --renew --out sensor-1"
    })
final class CoapEnroll extends Subcommand implements Callable<Integer> {
  /// A handshake and a request in blocks over a lossy network take their time.
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  @Parameters(
      paramLabel = "URL",
      description =
          "The server, such as coaps://ca.example:5684 or coaps://ca.example/.well-known/est/LABEL.")
  private String url = "";

  @Option(
      names = "--anchors",
      paramLabel = "FILE",
      description = "PEM file with the CA certificates to trust (default: those of --out).")
  private Optional<Path> anchorFile = Optional.empty();

  @Option(
      names = "--system-anchors",
      description = "Trusts the system's CA certificates for the server.")
  private boolean systemAnchors;

  @Option(
      names = "--device-cert",
      paramLabel = "FILE",
      description = "PEM file with the certificate to show, its chain behind it.")
  private Optional<Path> deviceCertificate = Optional.empty();

  @Option(
      names = "--device-key",
      paramLabel = "FILE",
      description = "PEM file with that certificate's key.")
  private Optional<Path> deviceKey = Optional.empty();

  @Option(names = "--subject", paramLabel = "NAME", description = "Such as CN=sensor-1.")
  private String subject = "";

  @Option(
      names = "--san",
      paramLabel = "KIND:NAME",
      description = "A subject alternative name, such as dns:sensor-1.example (repeatable).")
  private List<String> sans = new ArrayList<>();

  @Mixin private HeldOptions held = new HeldOptions();

  @Option(
      names = "--renew",
      description = "Renews the certificate that is there, by showing it to the server.")
  private boolean renew;

  @Override
  public Integer call() {
    DeviceFiles files = held.files();
    checkOptions(files);
    if (renew) {
      files.recover();
    }
    try (EstCoapClient client =
        EstCoapClient.open(
            server(),
            anchors(files),
            renew ? shown(files) : given(),
            TIMEOUT,
            warning -> chancery().terminal().note("warning: " + warning.text()),
            Clock.systemUTC())) {
      TrustAnchors adopted = client.refreshedAnchors();
      files.prepare();
      files.storeAnchors(adopted.anchors());
      return renew ? renew(client, files, adopted) : enroll(client, files, adopted);
    } catch (EstClientException e) {
      throw EstFailure.of(e);
    }
  }

  private int enroll(EstCoapClient client, DeviceFiles files, TrustAnchors anchors) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(names(), files.keyForEnrollment(KeyType.P_256)).build();
    return finish(client.enroll(request), files, anchors, false);
  }

  private int renew(EstCoapClient client, DeviceFiles files, TrustAnchors anchors) {
    KeyPair next = held.keepsKey() ? files.keyPair() : files.keyForRenewal(KeyType.P_256);
    CertificationRequest request =
        CertificationRequestBuilder.builder(files.leaf().names(), next).build();
    return finish(client.reenroll(request), files, anchors, !held.keepsKey());
  }

  private int finish(
      Enrollment enrollment, DeviceFiles files, TrustAnchors anchors, boolean withNextKey) {
    return switch (enrollment) {
      case Enrollment.Issued issued -> {
        CertificateChain chain = EnrollEst.chain(issued, anchors);
        if (withNextKey) {
          files.storeWithNextKey(chain);
        } else {
          files.store(chain);
        }
        IssuedReport.show(chancery(), issued.certificate(), files);
        yield ExitCode.DONE;
      }
      case Enrollment.Pending(Duration retryAfter) -> {
        Terminal terminal = chancery().terminal();
        if (chancery().json()) {
          terminal.result(
              Json.object()
                  .put("state", "pending")
                  .put("retryAfterSeconds", retryAfter.toSeconds()));
        } else {
          terminal.note("an operator has to decide; ask again in " + Lifetime.text(retryAfter));
          terminal.note("hint: the same command again; the key is kept");
        }
        yield ExitCode.PENDING;
      }
    };
  }

  private EstServer server() {
    try {
      return EstServer.parseCoaps(url);
    } catch (MalformedException e) {
      throw FailedException.usage(
          "\"" + Terminal.printable(url) + "\": " + e.safeMessage(),
          "for instance coaps://ca.example:5684");
    }
  }

  private TrustAnchors anchors(DeviceFiles files) {
    if (systemAnchors) {
      return SystemAnchors.read();
    }
    return new TrustAnchors(
        EstClient.EXPLICIT,
        anchorFile
            .map(DeviceFiles::readCertificates)
            .or(files::storedAnchors)
            .orElseThrow(() ->
                FailedException.usage(
                    "there is nothing to check the server by: no --anchors, and no "
                        + files.anchors(),
                    "get the root on the server: chancery ca show --pem")),
        List.of());
  }

  private ClientAuthentication.Holder given() {
    return new ClientAuthentication.Holder(
        DeviceFiles.readKey(deviceKey.orElseThrow()).getPrivate(),
        DeviceFiles.readCertificates(deviceCertificate.orElseThrow()));
  }

  private static ClientAuthentication.Holder shown(DeviceFiles files) {
    CertificateChain chain = files.chain();
    List<Certificate> certificates = new ArrayList<>(List.of(chain.leaf()));
    certificates.addAll(chain.authorities());
    return new ClientAuthentication.Holder(files.keyPair().getPrivate(), certificates);
  }

  private SubjectNames names() {
    try {
      return SubjectNames.parse(subject, sans);
    } catch (MalformedException e) {
      throw FailedException.usage(
          e.safeMessage(), "for instance --subject CN=sensor-1 --san dns:sensor-1.example");
    }
  }

  private void checkOptions(DeviceFiles files) {
    if (renew) {
      if (deviceKey.isPresent() || deviceCertificate.isPresent() || !subject.isEmpty()) {
        throw FailedException.usage(
            "--renew shows the certificate that is there and keeps its names",
            "leave out --device-cert, --device-key and --subject");
      }
      if (!files.hasKey() || !files.hasCertificate()) {
        throw FailedException.usage(
            "there is no certificate in " + held.folder() + " to renew",
            "enrol first, without --renew");
      }
      return;
    }
    if (held.keepsKey()) {
      throw FailedException.usage("--keep-key goes with --renew", "");
    }
    if (deviceKey.isEmpty() || deviceCertificate.isEmpty()) {
      throw FailedException.usage(
          "over CoAP a device shows a certificate: --device-cert and --device-key are missing",
          "devices without one enrol over HTTPS: chancery enroll est");
    }
    if (files.hasCertificate()) {
      throw FailedException.usage(
          "there is a certificate in " + held.folder() + " already", "renew it with --renew");
    }
  }
}
