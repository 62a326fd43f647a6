package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.rollover.Generation;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.rollover.Steps;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.IssuerAndSerial;
import dev.chancery.scep.wire.IssuerAndSubject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A rollover as SCEP clients see it (RFC 8894 §4.7).
class NextCaTest {
  private static final String PATH = "/scep";
  private static final String NEXT = PATH + "?operation=GetNextCACert";

  private Path folder;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            temporary.resolve("server"),
            """
            issuers:
              issuing: {rollover: {overlap: 30m}}
            profiles:
              by-hand: {approval: manual, retry-after: 1m}
            scep: {endpoints: [{}]}
            """);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  private String capabilities() {
    return new String(
        RawMessage.get(chancery, PATH + "?operation=GetCACaps").body(), StandardCharsets.US_ASCII);
  }

  private List<Certificate> nextCertificates() {
    HttpResponse<byte[]> answer = RawMessage.get(chancery, NEXT);
    assertThat(answer.statusCode()).isEqualTo(200);
    return CertsOnly.parse(
        SignedMessage.parse(answer.body()).content().orElseThrow().toByteArray());
  }

  @Test
  @Requirement("SCEP-043")
  void withoutANextCaTheOperationIsNotThere() {
    assertThat(capabilities()).doesNotContain("GetNextCACert");
    assertThat(RawMessage.get(chancery, NEXT).statusCode()).isEqualTo(404);

    chancery
        .services()
        .rollover()
        .prepare(
            "issuing",
            true,
            new dev.chancery.authority.rollover.Rollover.Manner(false, false, "operator"));
    chancery.services().rolledOver().run();

    assertThat(capabilities()).doesNotContain("GetNextCACert");
    assertThat(RawMessage.get(chancery, NEXT).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Requirement({"SCEP-040", "SCEP-041", "SCEP-043"})
  void opensslVerifiesTheNextCaByTheCurrentOne(boolean newRoot) throws IOException {
    Program.need("openssl");
    List<Certificate> current = RawMessage.caCertificates(chancery, PATH);
    Generation second = Steps.announce(chancery, newRoot);

    HttpResponse<byte[]> answer = RawMessage.get(chancery, NEXT);

    assertThat(capabilities().lines()).contains("GetNextCACert");
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/x-x509-next-ca-cert");
    Files.write(folder.resolve("next.p7"), answer.body());
    Files.writeString(folder.resolve("root.pem"), current.get(2).toPem());
    Program.run(
            folder,
            "openssl",
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-in",
            "next.p7",
            "-CAfile",
            "root.pem",
            "-out",
            "content.p7",
            "-signer",
            "signer.pem")
        .succeeded();
    assertThat(Certificate.parsePem(Files.readString(folder.resolve("signer.pem"))))
        .containsExactly(current.get(1));
    List<Certificate> next = CertsOnly.parse(Files.readAllBytes(folder.resolve("content.p7")));
    assertThat(next).hasSize(3);
    assertThat(next.get(0).isSignedBy(second.certificate())).isTrue();
    assertThat(next.subList(1, 3)).isEqualTo(second.chain());
    SignedMessage message = SignedMessage.parse(answer.body());
    assertThat(message.contentType()).isEqualTo("1.2.840.113549.1.7.1");
    assertThat(message.certificates()).contains(current.get(1)).containsAll(next);
    assertThat(RawMessage.caCertificates(chancery, PATH)).isEqualTo(current);
  }

  @Test
  @Requirement({"SCEP-040", "SCEP-042"})
  void ourClientBelievesTheNextCaOnTheCurrentOnesWord() {
    Generation second = Steps.announce(chancery, true);
    ScepClient client = client();
    Authorities current =
        client.authorities(new Trust.Fingerprint(chancery.server().root().sha256Hex()));

    assertThat(client.nextCaCertificates(current).orElseThrow().subList(1, 3))
        .isEqualTo(second.chain());
  }

  private ScepClient client() {
    return new ScepClient(
        RawMessage.uri(chancery, PATH),
        AcceptedAlgorithms.MODERN,
        Duration.ofSeconds(30),
        chancery.clock());
  }

  private RawMessage sealedFor(Certificate recipient, Device device, CertificationRequest csr) {
    RawMessage message = RawMessage.pkcsReq(chancery, PATH, device, csr);
    message.recipients = List.of(new Recipient.KeyTransport(recipient));
    return message;
  }

  /// Sends a message and reads the reply, which must be signed by `signer`.
  private Result send(RawMessage message, Certificate signer) {
    CertRep.Signed signed = CertRep.parse(message.post(chancery, PATH).body());
    assertThat(signed.signer()).isEqualTo(signer);
    return signed.reply().result();
  }

  private static Certificate certificateIn(Result result, Device device, Certificate signer) {
    byte[] content =
        Envelope.parse(((Result.Success) result).envelope().toByteArray())
            .open(device.with(signer));
    return CertsOnly.parse(content).getFirst();
  }

  @Test
  @Requirement("SCEP-044")
  void theSameRequestIsIssuedByTheCaForWhichItIsSealed() {
    Generation second = Steps.announce(chancery, false);
    Certificate currentRa = RawMessage.caCertificates(chancery, PATH).getFirst();
    Certificate nextRa = nextCertificates().getFirst();
    Device device = Device.of(KeyType.RSA_2048, "CN=both");
    String challenge = RawMessage.challenge(chancery.credential("device", 2, "CN=both"));
    CertificationRequest csr = RawMessage.csr(device.keyPair(), challenge, "CN=both");

    RawMessage forNow = sealedFor(currentRa, device, csr);
    Certificate now = certificateIn(send(forNow, currentRa), device, forNow.signer.certificate());
    RawMessage forNext = sealedFor(nextRa, device, csr);
    Certificate next = certificateIn(send(forNext, nextRa), device, forNext.signer.certificate());

    assertThat(now.isSignedBy(firstIssuer())).isTrue();
    assertThat(next.isSignedBy(second.certificate())).isTrue();
    assertThat(chancery.issued())
        .extracting(record -> record.issuer())
        .containsExactly("issuing.2", "issuing");
  }

  private Certificate firstIssuer() {
    return chancery.services().issuers().generation("issuing").orElseThrow().certificate();
  }

  @Test
  @Requirement("SCEP-044")
  void thatChoiceStaysWithARequestThatWaits() {
    Generation second = Steps.announce(chancery, false);
    Certificate currentRa = RawMessage.caCertificates(chancery, PATH).getFirst();
    Certificate nextRa = nextCertificates().getFirst();
    Device device = Device.of(KeyType.RSA_2048, "CN=patient");
    String challenge = RawMessage.challenge(chancery.credential("by-hand", 1, "CN=patient"));
    RawMessage request =
        sealedFor(nextRa, device, RawMessage.csr(device.keyPair(), challenge, "CN=patient"));
    assertThat(send(request, nextRa)).isInstanceOf(Result.Pending.class);
    chancery
        .services()
        .pendingRequests()
        .approve(chancery.services().pendingRequests().list(1).getFirst().ticket(), "operator");

    RawMessage poll =
        RawMessage.of(
            chancery,
            PATH,
            "20",
            device.signer(),
            new IssuerAndSubject(firstIssuer().subject(), DistinguishedName.parse("CN=patient"))
                .encode());
    poll.transactionId = request.transactionId;
    Certificate issued =
        certificateIn(send(poll, currentRa), device, device.signer().certificate());

    assertThat(issued.isSignedBy(second.certificate())).isTrue();
  }

  @Test
  @Requirement("SCEP-045")
  void theSwitchIsAtOneInstantAndMessagesOnTheirWayStillOpenForAWhile() {
    List<Certificate> before = RawMessage.caCertificates(chancery, PATH);
    Generation second = Steps.announce(chancery, false);
    List<Certificate> next = nextCertificates();
    chancery
        .services()
        .rollover()
        .activate(
            "issuing",
            Optional.of(chancery.clock().instant().plus(Duration.ofMinutes(10))),
            new dev.chancery.authority.rollover.Rollover.Manner(false, false, "operator"));
    Device device = Device.of(KeyType.RSA_2048, "CN=under-way");
    String challenge = RawMessage.challenge(chancery.credential("device", 3, "CN=under-way"));
    RawMessage underWay =
        sealedFor(
            before.getFirst(), device, RawMessage.csr(device.keyPair(), challenge, "CN=under-way"));
    assertThat(RawMessage.caCertificates(chancery, PATH)).isEqualTo(before);

    // The clock alone: nothing that runs by the minute is needed for the switch.
    chancery.clock().advance(Duration.ofMinutes(10).plusSeconds(1));

    assertThat(RawMessage.caCertificates(chancery, PATH)).isEqualTo(next);
    assertThat(RawMessage.get(chancery, NEXT).statusCode()).isEqualTo(404);
    Result result = CertRep.parse(underWay.post(chancery, PATH).body()).reply().result();
    assertThat(
            certificateIn(result, device, device.signer().certificate())
                .isSignedBy(second.certificate()))
        .as("whatever arrives after the switch is issued by the new CA")
        .isTrue();
    chancery.clock().advance(Duration.ofMinutes(30));
    RawMessage late =
        sealedFor(
            before.getFirst(), device, RawMessage.csr(device.keyPair(), challenge, "CN=under-way"));
    assertThat(CertRep.parse(late.post(chancery, PATH).body()).reply().result())
        .isInstanceOf(Result.Failure.class);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("reason", "the message's content cannot be read");
  }

  @Test
  @Requirement({"SCEP-045", "SCEP-092"})
  void aDeviceRenewsWithACertificateOfTheCaBefore() {
    Device device = Device.of(KeyType.RSA_2048, "CN=renews");
    Certificate old = enroll(device, "CN=renews");
    Generation second = Steps.announce(chancery, true);
    Steps.activate(chancery);
    chancery.clock().advance(Duration.ofDays(60));

    RawMessage renewal =
        RawMessage.of(
            chancery,
            PATH,
            "17",
            device.with(old),
            RawMessage.csr(device.keyPair(), "", "CN=renews").der().toByteArray());
    Certificate renewed = certificateIn(renewal.answer(chancery, PATH).result(), device, old);

    assertThat(renewed.isSignedBy(second.certificate())).isTrue();
  }

  private Certificate enroll(Device device, String subject) {
    String challenge = RawMessage.challenge(chancery.credential(subject));
    RawMessage message =
        RawMessage.pkcsReq(
            chancery, PATH, device, RawMessage.csr(device.keyPair(), challenge, subject));
    message.type = "19";
    return certificateIn(
        message.answer(chancery, PATH).result(), device, device.signer().certificate());
  }

  @Test
  void theCrlIsThatOfTheCaWhichIssuedTheCertificateAskedFor() {
    Program.need("openssl");
    Device device = Device.of(KeyType.RSA_2048, "CN=asks");
    Certificate old = enroll(device, "CN=asks");
    Generation second = Steps.announce(chancery, false);
    Steps.activate(chancery);

    assertThat(list(device, old, old.serialNumber())).contains(identifier(firstIssuer()));
    assertThat(list(device, old, SerialNumber.parse("1234")))
        .contains(identifier(second.certificate()));
  }

  private static String identifier(Certificate issuer) {
    return HexFormat.ofDelimiter(":")
        .withUpperCase()
        .formatHex(issuer.subjectKeyIdentifier().orElseThrow());
  }

  /// The CRL in OpenSSL's words.
  private String list(Device device, Certificate holder, SerialNumber asked) {
    ScepClient client = client();
    Authorities current =
        client.authorities(new Trust.Fingerprint(chancery.server().root().sha256Hex()));
    Der message =
        client.getCrl(
            current, device.with(holder), new IssuerAndSerial(firstIssuer().subject(), asked));
    return Program.run(
            folder,
            message.toByteArray(),
            List.of("openssl", "pkcs7", "-inform", "DER", "-print_certs", "-text"))
        .succeeded()
        .text();
  }

  @Test
  void strongSwanFetchesTheNewCaAfterTheSwitch() throws IOException {
    Program.need("pki");
    Generation second = Steps.announce(chancery, true);
    Steps.activate(chancery);

    Program.run(
            folder,
            "pki",
            "--scepca",
            "--url",
            RawMessage.uri(chancery, PATH).toString(),
            "--caout",
            "ca.pem",
            "--raout",
            "ra.pem",
            "--outform",
            "pem")
        .succeeded();

    StringBuilder fetched = new StringBuilder();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".pem")).toList()) {
        fetched.append(Files.readString(file));
      }
    }
    assertThat(Certificate.parsePem(fetched.toString())).containsAll(second.chain());
  }
}
