package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Authorities;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.ScepClientException;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import dev.chancery.scep.wire.IssuerAndSerial;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Devices enrol, wait, renew and ask, over the wire.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnrollmentTest {
  private static final String PATH = "/scep";

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) {
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              by-hand: {approval: manual, retry-after: 1m}
            scep:
              endpoints:
                - {}
                - {label: compat, algorithms: compat, ca-in-reply: "yes", root-in-bundle: "no"}
                - {label: strongswan, client: strongswan}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private ScepClient client() {
    return client(PATH);
  }

  private ScepClient client(String path) {
    return new ScepClient(
        RawMessage.uri(chancery, path),
        AcceptedAlgorithms.MODERN,
        Duration.ofSeconds(30),
        chancery.clock());
  }

  private Authorities authorities() {
    return client().authorities(new Trust.Fingerprint(chancery.server().root().sha256Hex()));
  }

  private Enrollment.Issued enroll(KeyPair pair, String subject) {
    CertificationRequest csr =
        RawMessage.csr(pair, RawMessage.challenge(chancery.credential(subject)), subject);
    ScepClient client = client();
    return (Enrollment.Issued)
        client.enroll(
            authorities(),
            client.selfSigned(DistinguishedName.parse(subject), pair),
            TransactionId.fresh(),
            csr);
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "P_256", "P_384"})
  @Requirement({"SCEP-001", "SCEP-005", "SCEP-083", "SCEP-120", "SCEP-121", "SCEP-140", "SCEP-141"})
  void aDeviceEnrolsWithAChallenge(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);

    Enrollment.Issued issued = enroll(pair, "CN=enrols-" + type);

    assertThat(issued.certificate().subject())
        .isEqualTo(DistinguishedName.parse("CN=enrols-" + type));
    assertThat(issued.others()).isEmpty();
    assertThat(chancery.lastAudit().event().action())
        .isEqualTo(AuditEvent.Action.CERTIFICATE_ISSUED);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("endpoint", "scep")
        .containsEntry("message", "PKCSReq")
        .containsKeys("transaction", "signer-sha256", "request-sha256", "algorithms");
  }

  @ParameterizedTest
  @CsvSource({"RSA_2048,RSA_2048", "RSA_2048,P_256", "P_256,P_256", "P_256,RSA_2048"})
  @Requirement({"SCEP-083", "SCEP-092", "SCEP-095", "SCEP-096", "SCEP-144", "SCEP-148"})
  void aDeviceRenewsWithTheCertificateItHolds(KeyType before, KeyType after) {
    String subject = "CN=renews-" + before + "-" + after;
    KeyPair old = KeyPairs.generate(before);
    Certificate first = enroll(old, subject).certificate();
    KeyPair next = KeyPairs.generate(after);

    Enrollment renewed =
        client()
            .renew(
                authorities(),
                new MessageKey(first, old.getPrivate()),
                TransactionId.fresh(),
                RawMessage.csr(next, "", subject));

    Certificate second = ((Enrollment.Issued) renewed).certificate();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("replaces", first.serialNumber().toString())
        .containsEntry("message", "RenewalReq");
  }

  @Test
  @Requirement("SCEP-094")
  void aPkcsReqThatIsSignedWithAnIssuedCertificateIsARenewal() {
    Device device = Device.of(KeyType.RSA_2048, "CN=by-19");
    Certificate first = enroll(device.keyPair(), "CN=by-19").certificate();
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
    RawMessage message =
        RawMessage.pkcsReq(chancery, PATH, device, RawMessage.csr(next, "", "CN=by-19"));
    message.signer = device.with(first);

    CertRep reply = message.answer(chancery, PATH);

    assertThat(opened(reply, message.signer).getFirst().subjectPublicKeyInfo().toPublicKey())
        .isEqualTo(next.getPublic());
  }

  @Test
  @Requirement({"SCEP-073", "SCEP-077", "SCEP-100", "SCEP-101", "SCEP-102", "SCEP-143"})
  void aDeviceWaitsForAnOperatorAndPolls() {
    for (KeyType type : List.of(KeyType.RSA_2048, KeyType.P_256)) {
      String subject = "CN=waits-" + type;
      KeyPair pair = KeyPairs.generate(type);
      var credential = chancery.credential("by-hand", 1, subject);
      CertificationRequest csr = RawMessage.csr(pair, RawMessage.challenge(credential), subject);
      ScepClient client = client();
      Authorities authorities = authorities();
      MessageKey signer = client.selfSigned(DistinguishedName.parse(subject), pair);
      TransactionId transaction = TransactionId.fresh();

      assertThat(client.enroll(authorities, signer, transaction, csr))
          .isEqualTo(new Enrollment.Pending(transaction));
      assertThat(client.poll(authorities, signer, transaction, csr))
          .isEqualTo(new Enrollment.Pending(transaction));
      assertThat(client.enroll(authorities, signer, transaction, csr))
          .isEqualTo(new Enrollment.Pending(transaction));
      MessageKey stranger =
          client.selfSigned(DistinguishedName.parse(subject), KeyPairs.generate(KeyType.RSA_2048));
      assertRefused(
          FailInfo.BAD_CERT_ID, () -> client.poll(authorities, stranger, transaction, csr));
      assertRefused(
          FailInfo.BAD_CERT_ID, () -> client.poll(authorities, signer, TransactionId.fresh(), csr));
      var ticket = chancery.services().pendingRequests().list(1).getFirst().ticket();
      chancery.services().pendingRequests().approve(ticket, "test");

      var issued = (Enrollment.Issued) client.poll(authorities, signer, transaction, csr);

      assertThat(issued.certificate().subject()).isEqualTo(DistinguishedName.parse(subject));
      assertThat(client.poll(authorities, signer, transaction, csr)).isEqualTo(issued);
    }
  }

  @Test
  @Requirement("SCEP-102")
  void adeniedRequestFailsWithTheReason() {
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    var credential = chancery.credential("by-hand", 1, "CN=denied");
    CertificationRequest csr = RawMessage.csr(pair, RawMessage.challenge(credential), "CN=denied");
    ScepClient client = client();
    MessageKey signer = client.selfSigned(DistinguishedName.parse("CN=denied"), pair);
    TransactionId transaction = TransactionId.fresh();
    client.enroll(authorities(), signer, transaction, csr);
    var ticket = chancery.services().pendingRequests().list(1).getFirst().ticket();
    chancery.services().pendingRequests().deny(ticket, "not one of ours", "test");

    assertThatThrownBy(() -> client.poll(authorities(), signer, transaction, csr))
        .isInstanceOf(ScepClientException.Refused.class)
        .hasMessageContaining("not one of ours");
  }

  @Test
  @Requirement({"SCEP-110", "SCEP-111", "SCEP-112"})
  void issuedCertificatesAreFetchedByTheirSerialNumber() {
    for (KeyType type : List.of(KeyType.RSA_2048, KeyType.P_256)) {
      KeyPair pair = KeyPairs.generate(type);
      Certificate issued = enroll(pair, "CN=fetched-" + type).certificate();
      Authorities authorities = authorities();
      MessageKey signer = new MessageKey(issued, pair.getPrivate());

      assertThat(
              client()
                  .getCert(
                      authorities,
                      signer,
                      new IssuerAndSerial(issued.issuer(), issued.serialNumber())))
          .isEqualTo(issued);
      assertRefused(
          FailInfo.BAD_CERT_ID,
          () ->
              client()
                  .getCert(
                      authorities,
                      signer,
                      new IssuerAndSerial(
                          issued.issuer(), SerialNumber.fresh(chancery.clock().instant()))));
      assertRefused(
          FailInfo.BAD_CERT_ID,
          () ->
              client()
                  .getCert(
                      authorities,
                      signer,
                      new IssuerAndSerial(
                          DistinguishedName.parse("CN=another"), issued.serialNumber())));
      assertRefused(
          FailInfo.BAD_CERT_ID,
          () ->
              client()
                  .getCrl(
                      authorities,
                      signer,
                      new IssuerAndSerial(
                          DistinguishedName.parse("CN=another"), issued.serialNumber())));
    }
  }

  @Test
  @Requirement("SCEP-111")
  void getCrlBringsTheListOfTheIssuerAlone() throws IOException {
    Program.need("openssl");
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    Certificate issued = enroll(pair, "CN=asks-for-crl").certificate();
    chancery
        .services()
        .revocations()
        .revoke("issuing", issued.serialNumber(), "superseded", "test");
    chancery.services().revocationLists().publishIfDue();
    MessageKey signer = client().selfSigned(DistinguishedName.parse("CN=asks-for-crl"), pair);

    Der list =
        client()
            .getCrl(
                authorities(),
                signer,
                // Any serial number will do.
                new IssuerAndSerial(
                    issued.issuer(), SerialNumber.fresh(chancery.clock().instant())));

    String printed =
        Program.run(
                chancery.folder(),
                list.toByteArray(),
                List.of("openssl", "pkcs7", "-inform", "DER", "-print_certs", "-text"))
            .succeeded()
            .text();
    assertThat(printed)
        .contains("Certificate Revocation List")
        .containsIgnoringCase("Serial Number: " + issued.serialNumber())
        .doesNotContain("BEGIN CERTIFICATE");
  }

  private static void assertRefused(
      FailInfo failInfo, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ScepClientException.Refused.class,
            refused -> assertThat(refused.failInfo()).isEqualTo(failInfo));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/scep",
        "/scep/",
        "/scep/pkiclient.exe",
        "/scep/cgi-bin/pkiclient.exe",
        "/scep/mscep.dll/pkiclient.exe",
        "/cgi-bin/pkiclient.exe"
      })
  @Requirement({"SCEP-002", "SCEP-003", "SCEP-004", "SCEP-011"})
  void whatClientsAppendToTheUrlMakesNoDifference(String path) {
    byte[] certificates = RawMessage.get(chancery, PATH + "?operation=GetCACert").body();

    for (String message : List.of("", "&message=", "&message=default", "&message=0")) {
      HttpResponse<byte[]> response =
          RawMessage.get(chancery, path + "?operation=GetCACert" + message);

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(certificates);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/scep | AES,POSTPKIOperation,Renewal,SHA-256,SHA-512,SCEPStandard",
        "/scep/compat | AES,DES3,POSTPKIOperation,Renewal,SHA-1,SHA-256,SHA-512,SCEPStandard",
        "/scep/strongswan | AES,POSTPKIOperation,Renewal,SHA-256,SHA-512,SCEPStandard,SHA-384"
      })
  @Requirement({"SCEP-020", "SCEP-021", "SCEP-022", "SCEP-023", "SCEP-024"})
  void whatIsAnnouncedIsThePolicy(String path, String keywords) {
    HttpResponse<byte[]> response = RawMessage.get(chancery, path + "?operation=GetCACaps");

    assertThat(response.headers().firstValue("Content-Type")).contains("text/plain");
    assertThat(new String(response.body(), StandardCharsets.US_ASCII))
        .isEqualTo(keywords.replace(",", "\n") + "\n");
  }

  @Test
  @Requirement({"SCEP-031", "SCEP-032", "SCEP-033", "SCEP-151"})
  void theBundleHoldsRaThenCaThenRoot() {
    HttpResponse<byte[]> response = RawMessage.get(chancery, PATH + "?operation=GetCACert");

    List<Certificate> bundle = CertsOnly.parse(response.body());
    List<Certificate> chain = chancery.services().authority().certificatesOf("issuing");
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("application/x-x509-ca-ra-cert");
    assertThat(bundle.subList(1, 3)).isEqualTo(chain);
    Certificate ra = bundle.getFirst();
    assertThat(ra.isSignedBy(chain.getFirst())).isTrue();
    assertThat(ra.isCa()).isFalse();
    assertThat(ra.subjectPublicKeyInfo().type()).contains(KeyType.RSA_2048);
    assertThat(ra.toX509().getKeyUsage()).startsWith(true, false, true, false);
    assertThat(ra.extendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(RawMessage.caCertificates(chancery, "/scep/compat")).hasSize(2);
  }

  @Test
  @Requirement("SCEP-043")
  void thereIsNoNextCaCertificate() {
    assertThat(RawMessage.get(chancery, PATH + "?operation=GetNextCACert").statusCode())
        .isEqualTo(404);
    assertThat(client().nextCaCertificates(authorities())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = ContentCipher.class,
      names = {"AES_128", "AES_192", "AES_256", "DES_EDE3"})
  @Requirement({"SCEP-120", "SCEP-130", "SCEP-131", "SCEP-134"})
  void theReplyMirrorsTheRequestsAlgorithms(ContentCipher cipher) {
    for (DigestAlgorithm digest :
        List.of(
            DigestAlgorithm.SHA_1,
            DigestAlgorithm.SHA_256,
            DigestAlgorithm.SHA_384,
            DigestAlgorithm.SHA_512)) {
      String subject = "CN=" + cipher + digest;
      Device device = Device.of(KeyType.RSA_2048, subject);
      RawMessage message =
          RawMessage.pkcsReq(
              chancery,
              "/scep/compat",
              device,
              RawMessage.csr(
                  device.keyPair(), RawMessage.challenge(chancery.credential(subject)), subject));
      message.cipher = cipher;
      message.digest = digest;

      CertRep.Signed signed = CertRep.parse(message.post(chancery, "/scep/compat").body());

      assertThat(signed.digest()).isEqualTo(digest);
      Result.Success success = (Result.Success) signed.reply().result();
      assertThat(success.open().cipher()).contains(cipher);
      List<Certificate> certificates = CertsOnly.parse(success.open().open(device.signer()));
      assertThat(certificates).hasSize(2);
      assertThat(certificates.getFirst().subject()).isEqualTo(DistinguishedName.parse(subject));
      assertThat(certificates.getFirst().toAsn1().getSignatureAlgorithm().getAlgorithm().getId())
          .isEqualTo("1.2.840.10045.4.3.2");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "application/octet-stream", "application/x-www-form-urlencoded", "x/y"})
  @Requirement({"SCEP-005", "SCEP-006", "SCEP-010"})
  void anyContentTypeAndNoOperationWillDo(String contentType) {
    String subject = "CN=type-" + contentType.length();
    Device device = Device.of(KeyType.RSA_2048, subject);
    byte[] message = sound(device, subject).encode();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(RawMessage.uri(chancery, PATH))
            .POST(HttpRequest.BodyPublishers.ofByteArray(message));
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }

    HttpResponse<byte[]> response = RawMessage.send(request);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/x-pki-message");
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(response.headers().firstValue("Content-Length")).isPresent();
    assertThat(CertRep.parse(response.body()).reply().result()).isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement({"SCEP-003", "SCEP-007", "SCEP-008"})
  void aLongQueryOverHttp10WithoutHostIsAnswered() throws IOException {
    Device device = Device.of(KeyType.RSA_2048, "CN=old-ios");
    RawMessage message = sound(device, "CN=old-ios");
    message.chain = java.util.Collections.nCopies(15, chancery.server().root());
    String lines = Base64.getMimeEncoder(60, new byte[] {'\n'}).encodeToString(message.encode());
    String query = lines.replace("\n", "%0A").replace("+", "%2B") + "%0A";
    String padding = "&x=" + "y".repeat(Math.max(0, 40 * 1024 - query.length()));

    byte[] reply =
        raw(
            "GET "
                + PATH
                + "/pkiclient.exe?operation=PKIOperation&message="
                + query
                + padding
                + " HTTP/1.0\r\n\r\n");

    String head = new String(reply, StandardCharsets.ISO_8859_1);
    assertThat(head).contains(" 200 ").contains("application/x-pki-message");
    assertThat(head).doesNotContain("chunked");
    int body = head.indexOf("\r\n\r\n") + 4;
    assertThat(
            CertRep.parse(java.util.Arrays.copyOfRange(reply, body, reply.length)).reply().result())
        .isInstanceOf(Result.Success.class);
  }

  private byte[] raw(String request) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), chancery.server().clearPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 16, 32, 64})
  @Requirement({"SCEP-070", "SCEP-071"})
  void aNonceOfAnyLengthComesBack(int length) {
    String subject = "CN=nonce-" + length;
    Device device = Device.of(KeyType.RSA_2048, subject);
    RawMessage message = sound(device, subject);
    message.nonce = Randomness.bytes(length);

    CertRep reply = message.answer(chancery, PATH);

    assertThat(reply.senderNonce().octets().length()).isEqualTo(16);
    assertThat(reply.senderNonce()).isNotEqualTo(reply.recipientNonce());
  }

  /// What the clients of the last twenty years put into their own certificate says nothing.
  @Test
  @Requirement("SCEP-082")
  void theSelfSignedCertificateMayNameAnybody() {
    Device device = Device.of(KeyType.RSA_2048, "CN=SCEP SIGNER");
    RawMessage message = sound(device, "CN=somebody-else");

    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement({"SCEP-055", "SCEP-060", "SCEP-061"})
  void repliesAreEncodedAsOldClientsWantThem() {
    Device device = Device.of(KeyType.RSA_2048, "CN=encoding");
    HttpResponse<byte[]> response = sound(device, "CN=encoding").post(chancery, PATH);

    SignedMessage message = SignedMessage.parse(response.body());

    for (String oid : List.of("2", "3", "7")) {
      assertThat(message.attribute(RawMessage.PREFIX + oid).orElseThrow().toByteArray()[0])
          .as("attribute %s is a PrintableString", oid)
          .isEqualTo((byte) 0x13);
    }
    for (String oid : List.of("5", "6")) {
      assertThat(message.attribute(RawMessage.PREFIX + oid).orElseThrow().toByteArray()[0])
          .isEqualTo((byte) 0x04);
    }
  }

  @Test
  @Requirement({"SCEP-145", "SCEP-154"})
  void theRegistrationAuthoritysKeyFileIsForTheOwnerAlone() throws IOException {
    Path key = chancery.folder().resolve("scep").resolve("default.key");

    assertThat(java.nio.file.Files.getPosixFilePermissions(key))
        .containsExactlyInAnyOrder(
            java.nio.file.attribute.PosixFilePermission.OWNER_READ,
            java.nio.file.attribute.PosixFilePermission.OWNER_WRITE);
  }

  private RawMessage sound(Device device, String subject) {
    return RawMessage.pkcsReq(
        chancery,
        PATH,
        device,
        RawMessage.csr(
            device.keyPair(), RawMessage.challenge(chancery.credential(subject)), subject));
  }

  private static List<Certificate> opened(CertRep reply, MessageKey key) {
    return CertsOnly.parse(((Result.Success) reply.result()).open().open(key));
  }
}
