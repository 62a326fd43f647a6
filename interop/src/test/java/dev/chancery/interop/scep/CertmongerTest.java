package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.Der;
import dev.chancery.pki.Pem;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.wire.IssuerAndSubject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// certmonger: its helper `scep-submit` alone, and the daemon that makes its messages. It asks by
/// GET, encrypts with AES-256, and signs with a self-signed certificate of version 1 whose serial
/// number has 32 octets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement({"SCEP-007", "SCEP-011", "SCEP-033", "SCEP-061"})
class CertmongerTest {
  private static final String URL = "/scep";
  private static final Path HELPER = Path.of("/usr/lib/certmonger/scep-submit");
  private static final int REJECTED = 2;
  private static final int WAITING = 5;

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    Program.need("getcert", "openssl");
    folder = temporary;
    chancery =
        Installation.start(
            folder.resolve("server"),
            """
            profiles:
              by-hand: {approval: manual}
            scep:
              endpoints: [{}]
            """);
  }

  @AfterAll
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
  }

  private Program.Result helper(Path device, String... more) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(HELPER.toString(), "-u", RawMessage.uri(chancery, URL).toString()));
    command.addAll(List.of(more));
    return Program.run(device, new byte[0], command);
  }

  /// Sends a message of ours and verifies the reply.
  private Program.Result send(Path device, String mode, RawMessage message) throws IOException {
    List<Certificate> bundle = RawMessage.caCertificates(chancery, URL);
    Files.writeString(device.resolve("ra.pem"), bundle.get(0).toPem());
    Files.writeString(device.resolve("ca.pem"), bundle.get(1).toPem());
    Files.writeString(device.resolve("root.pem"), bundle.get(2).toPem());
    Files.writeString(
        device.resolve("message.pem"), new Pem("PKCS7", Der.of(message.encode())).encode());
    return helper(device, "-r", "ra.pem", "-N", "root.pem", "-I", "ca.pem", mode, "message.pem");
  }

  private static Certificate opened(Program.Result result, MessageKey key) {
    byte[] envelope = Pem.parseAll(result.succeeded().text()).getFirst().der().toByteArray();
    return CertsOnly.parse(Envelope.parse(envelope).open(key)).getFirst();
  }

  private Path device(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  @Test
  @Requirement({"SCEP-020", "SCEP-031"})
  void theHelperShowsWhatTheServerCanAndItsCertificates() throws IOException {
    Path device = device("shows");

    Program.Result capabilities = helper(device, "-c").succeeded();
    Program.Result certificates = helper(device, "-C").succeeded();

    assertThat(capabilities.text().lines())
        .contains("AES", "POSTPKIOperation", "Renewal", "SHA-256", "SCEPStandard");
    assertThat(Certificate.parsePem(certificates.text()))
        .containsExactlyInAnyOrderElementsOf(RawMessage.caCertificates(chancery, URL))
        .startsWith(RawMessage.caCertificates(chancery, URL).getFirst());
  }

  @Test
  @Requirement({"SCEP-094", "SCEP-122"})
  void theHelperDeliversEnrollmentRefusalAndRenewal() throws IOException {
    Path folderOfDevice = device("helper");
    Device device = Device.of(KeyType.RSA_2048, "CN=helper");
    String challenge = RawMessage.challenge(chancery.credential("CN=helper"));

    Program.Result refused =
        send(
            folderOfDevice,
            "-p",
            RawMessage.pkcsReq(
                chancery, URL, device, RawMessage.csr(device.keyPair(), "wrong", "CN=helper")));
    Certificate first =
        opened(
            send(
                folderOfDevice,
                "-p",
                RawMessage.pkcsReq(
                    chancery,
                    URL,
                    device,
                    RawMessage.csr(device.keyPair(), challenge, "CN=helper"))),
            device.signer());
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
    RawMessage renewal =
        RawMessage.of(
            chancery,
            URL,
            "17",
            device.with(first),
            RawMessage.csr(next, "", "CN=helper").der().toByteArray());
    Certificate second = opened(send(folderOfDevice, "-p", renewal), device.with(first));

    assertThat(refused.exitCode()).as(refused.text()).isEqualTo(REJECTED);
    assertThat(second.subjectPublicKeyInfo().toPublicKey()).isEqualTo(next.getPublic());
    assertThat(chancery.issued().getFirst().replaces()).contains(first.serialNumber().toString());
  }

  @Test
  @Requirement({"SCEP-056", "SCEP-102"})
  void theHelperPollsUntilAnOperatorHasDecided() throws IOException {
    Path folderOfDevice = device("helper-polls");
    Device device = Device.of(KeyType.RSA_2048, "CN=helper-polls");
    String challenge = RawMessage.challenge(chancery.credential("by-hand", 1, "CN=helper-polls"));
    RawMessage request =
        RawMessage.pkcsReq(
            chancery, URL, device, RawMessage.csr(device.keyPair(), challenge, "CN=helper-polls"));

    Program.Result first = send(folderOfDevice, "-p", request);
    Program.Result second = send(folderOfDevice, "-g", poll(request));
    approve("CN=helper-polls");
    Program.Result third = send(folderOfDevice, "-g", poll(request));

    assertThat(first.exitCode()).as(first.text()).isIn(1, WAITING);
    assertThat(second.exitCode()).as(second.text()).isIn(1, WAITING);
    assertThat(opened(third, device.signer()).subject()).hasToString("CN=helper-polls");
  }

  private RawMessage poll(RawMessage request) {
    RawMessage poll =
        RawMessage.of(
            chancery,
            URL,
            "20",
            request.signer,
            new IssuerAndSubject(
                    request.authorities().get(1).subject(), DistinguishedName.parse("CN=whatever"))
                .encode());
    poll.transactionId = request.transactionId;
    return poll;
  }

  private void approve(String subject) {
    var pending = chancery.services().pendingRequests();
    var ticket =
        pending.list(100).stream()
            .filter(request -> request.names().subject().toString().equals(subject))
            .findFirst()
            .orElseThrow()
            .ticket();
    pending.approve(ticket, "test");
  }

  @Test
  @Requirement({"SCEP-053", "SCEP-055", "SCEP-056", "SCEP-071", "SCEP-075", "SCEP-082", "SCEP-131"})
  void theDaemonEnrolsAndRenewsWithTheOldKeyAndWithAFreshOne() throws IOException {
    try (Certmonger certmonger = Certmonger.start(device("daemon"))) {
      certmonger.addServer("chancery", RawMessage.uri(chancery, URL).toString());
      // It writes the names in the order in which they are given: the most general one first.
      String challenge =
          RawMessage.challenge(chancery.credential("CN=cm,O=Example", "dns:cm.example"));

      certmonger
          .request("chancery", "cm", "O=Example,CN=cm", challenge, "-D", "cm.example")
          .succeeded();
      Certificate first = certificate(certmonger, "cm");
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("algorithms", "modern: SHA_256, AES_256");
      certmonger.getcert("resubmit", "-i", "cm", "-w", "-v").succeeded();
      Certificate second = certificate(certmonger, "cm");
      certmonger.getcert("rekey", "-i", "cm", "-w", "-v").succeeded();
      Certificate third = certificate(certmonger, "cm");

      assertThat(first.names()).isEqualTo(second.names()).isEqualTo(third.names());
      assertThat(second.serialNumber()).isNotEqualTo(first.serialNumber());
      assertThat(second.subjectPublicKeyInfo()).isEqualTo(first.subjectPublicKeyInfo());
      assertThat(third.subjectPublicKeyInfo()).isNotEqualTo(second.subjectPublicKeyInfo());
      assertThat(chancery.issued().getFirst().replaces())
          .contains(second.serialNumber().toString());
    }
  }

  /// Of the key in the file that the daemon keeps.
  private Certificate certificate(Certmonger certmonger, String name) throws IOException {
    Certificate certificate =
        Certificate.parsePem(Files.readString(certmonger.certificateFile(name))).getFirst();
    String key = certmonger.keyFile(name).toString();
    byte[] publicKey =
        Program.run(folder, "openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")
            .succeeded()
            .output()
            .toByteArray();
    assertThat(certificate.subjectPublicKeyInfo().der()).isEqualTo(Der.of(publicKey));
    return certificate;
  }

  @Test
  @Requirement({"SCEP-056", "SCEP-102"})
  void theDaemonPollsUntilAnOperatorHasDecidedAlsoAfterARestart() throws IOException {
    Path state = device("daemon-polls");
    String challenge = RawMessage.challenge(chancery.credential("by-hand", 1, "CN=cm-waits"));
    try (Certmonger certmonger = Certmonger.start(state)) {
      certmonger.addServer("chancery", RawMessage.uri(chancery, URL).toString());

      Program.Result waiting = certmonger.request("chancery", "cm-waits", "CN=cm-waits", challenge);

      assertThat(waiting.exitCode()).as(waiting.text()).isEqualTo(WAITING);
      certmonger.awaitState("cm-waits", "CA_WORKING");
    }
    approve("CN=cm-waits");
    try (Certmonger certmonger = Certmonger.start(state)) {
      certmonger.getcert("refresh", "-i", "cm-waits").succeeded();
      certmonger.awaitState("cm-waits", "MONITORING");

      assertThat(certificate(certmonger, "cm-waits").subject()).hasToString("CN=cm-waits");
    }
  }

  @Test
  @Requirement("SCEP-122")
  void theDaemonIsToldThatItsChallengeIsWrong() throws IOException {
    try (Certmonger certmonger = Certmonger.start(device("daemon-wrong"))) {
      certmonger.addServer("chancery", RawMessage.uri(chancery, URL).toString());

      Program.Result refused =
          certmonger.request("chancery", "cm-wrong", "CN=cm-wrong", "nobody:nothing");

      assertThat(refused.exitCode()).as(refused.text()).isEqualTo(REJECTED);
      assertThat(certmonger.getcert("list", "-i", "cm-wrong").text())
          .contains("status: CA_REJECTED");
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("code", "credential-unknown");
    }
  }
}
