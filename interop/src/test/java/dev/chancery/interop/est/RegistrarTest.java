package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.lab.FreePort;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Chancery as the registration authority in front of another Chancery, over HTTPS and over CoAP.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RegistrarTest {
  private Installation ca;
  private Installation front;
  private OtherAuthority maker;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    ca =
        Installation.start(
            folder.resolve("ca"),
            """
            profiles:
              device: {}
              guarded: {approval: manual, retry-after: 7s}
            est:
              endpoints:
                - label: ""
                  issuer: issuing
                  profile: device
                  registration-authorities:
                    - subject: CN=ra-front
                      names: {subjects: ["CN=line-*"], alternatives: []}
                - label: slow
                  issuer: issuing
                  profile: guarded
                  registration-authorities:
                    - subject: CN=ra-front
                      names: {subjects: ["CN=line-*"], alternatives: []}
            """);
    maker = OtherAuthority.create("CN=Maker Root", Instant.now());
    Path data = Files.createDirectories(folder.resolve("front"));
    Installation.Made authority = request("CN=ra-front");
    Certificate certificate =
        certificateIn(
            ca.enroll(ca.credential("registration-authority", 1, "CN=ra-front"), authority));
    Files.writeString(data.resolve("ra.pem"), certificate.toPem());
    Files.writeString(data.resolve("ra.key"), KeyPairs.toPem(authority.keyPair().getPrivate()));
    Files.writeString(data.resolve("ca.pem"), ca.server().root().toPem());
    Files.writeString(
        data.resolve("issuing.pem"),
        ca.services().authority().certificatesOf("issuing").getFirst().toPem());
    Files.writeString(data.resolve("maker.pem"), maker.certificate().toPem());
    front =
        Installation.start(
            data,
            """
              coaps: {enabled: true, address: 127.0.0.1, port: 0}
            est:
              endpoints:
                - label: ""
                  upstream: {url: "https://localhost:PORT", anchors: ca.pem, certificate: ra.pem, key: ra.key}
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=line-*"]}
                - label: bound
                  channel-binding: required
                  upstream: {url: "https://localhost:PORT", anchors: ca.pem, certificate: ra.pem, key: ra.key}
                - label: slow
                  upstream: {url: "https://localhost:PORT/.well-known/est/slow", anchors: ca.pem, certificate: ra.pem, key: ra.key}
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=line-*"]}
                - label: renewing
                  upstream:
                    url: "https://localhost:PORT"
                    anchors: ca.pem
                    intermediates: issuing.pem
                    crls: [ca.crl]
                    certificate: ra.pem
                    key: ra.key
                - label: gone
                  upstream: {url: "https://localhost:NOBODY", anchors: ca.pem, certificate: ra.pem, key: ra.key}
            """
                .replace("PORT", Integer.toString(ca.server().tlsPort()))
                .replace("NOBODY", Integer.toString(FreePort.tcp())));
  }

  @AfterAll
  void stop() {
    front.close();
    ca.close();
  }

  @Test
  @Requirement("EST-233")
  void aClientThatThisServerAuthenticatesGetsTheOtherServersCertificate() {
    Credentials.Created credential = front.credential("CN=line-1");

    Certificate issued = certificateIn(front.enroll(credential, request("CN=line-1")));

    assertThat(issued.isSignedBy(ca.services().authority().certificatesOf("issuing").getFirst()))
        .isTrue();
    assertThat(ca.issued().getFirst().certificate()).isEqualTo(issued);
    assertThat(ca.issued().getFirst().requester()).startsWith("registration-authority:");
    assertThat(front.issued()).isEmpty();
    AuditEvent audited = front.lastAudit().event();
    assertThat(audited.action()).isEqualTo(AuditEvent.Action.REQUEST_RELAYED);
    assertThat(audited.actor()).isEqualTo("credential:" + credential.credential().id());
    assertThat(audited.details())
        .containsEntry("outcome", "issued")
        .containsEntry("serial", issued.serialNumber().toString());
  }

  @Test
  @Requirement("EST-233")
  void theOtherServersCaCertificatesAreHandedOut() {
    try (Wire wire = Wire.connect(front.server().tlsPort())) {
      Wire.Answer answer = wire.send("GET", "/.well-known/est/cacerts", Map.of(), new byte[0]);

      assertThat(CertsOnly.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray())))
          .contains(ca.server().root())
          .doesNotContain(front.server().root());
    }
  }

  @Test
  @Requirement("EST-233")
  void theBindingToThisServersConnectionIsCheckedHereAndTheRequestGoesOnUnchanged() {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    try (Wire wire = Wire.connect(front.server().tlsPort())) {
      String binding = Base64.getEncoder().encodeToString(wire.tlsExporter());

      Wire.Answer answer = post(wire, "bound", front.credential("CN=line-2"), key, binding);

      assertThat(certificateIn(answer).subject()).hasToString("CN=line-2");
    }
  }

  @Test
  @Requirement("EST-233")
  void aWrongOrMissingBindingNeverReachesTheOtherServer() {
    long before = ca.lastAudit().sequence();
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    String foreign = Base64.getEncoder().encodeToString(new byte[32]);

    try (Wire wire = Wire.connect(front.server().tlsPort());
        Wire other = Wire.connect(front.server().tlsPort())) {
      Wire.Answer wrong = post(wire, "bound", front.credential("CN=line-2"), key, foreign);
      Wire.Answer missing =
          other.send(
              "POST",
              "/.well-known/est/bound/simpleenroll",
              basic(front.credential("CN=line-2")),
              request("CN=line-2").base64());

      assertThat(wrong.status()).isEqualTo(400);
      assertThat(wrong.text()).contains("channel-binding-wrong");
      assertThat(missing.status()).isEqualTo(400);
      assertThat(missing.text()).contains("channel-binding-missing");
    }
    assertThat(ca.lastAudit().sequence()).isEqualTo(before);
  }

  @Test
  @Requirement({"EST-231", "EST-233"})
  void aNameOutsideTheCredentialNeverReachesTheOtherServer() {
    long before = ca.lastAudit().sequence();

    Wire.Answer answer = front.enroll(front.credential("CN=line-3"), request("CN=line-4"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("name-not-entitled");
    assertThat(ca.lastAudit().sequence()).isEqualTo(before);
  }

  @Test
  @Requirement("EST-233")
  void aRefusalOfTheOtherServerComesBackWordForWordAndCostsNoUse() {
    Credentials.Created credential = front.credential("CN=bank");

    Wire.Answer answer = front.enroll(credential, request("CN=bank"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text())
        .startsWith("\"CN=bank\" is not among the names of the registration authority CN=ra-front")
        .contains("name-not-entitled");
    assertThat(front.lastAudit().event().details())
        .containsEntry("code", "upstream-refused")
        .containsEntry("status", "403");
    assertThat(usesLeft(credential)).isEqualTo(1);
  }

  @Test
  @Requirement("EST-233")
  void aRequestThatWaitsThereIs202HereAndPollingUsesTheCredentialOnce() {
    Credentials.Created credential = front.credential("CN=line-5");
    Installation.Made made = request("CN=line-5");

    Wire.Answer first = enroll("slow", credential, made);
    Wire.Answer again = enroll("slow", credential, made);
    approve("CN=line-5");
    Wire.Answer decided = enroll("slow", credential, made);
    Wire.Answer lost = enroll("slow", credential, made);
    Wire.Answer other = enroll("slow", credential, request("CN=line-5"));

    assertThat(first.status()).isEqualTo(202);
    assertThat(first.headers()).containsEntry("Retry-After", "7");
    assertThat(again.status()).isEqualTo(202);
    assertThat(certificateIn(decided)).isEqualTo(certificateIn(lost));
    assertThat(usesLeft(credential)).isZero();
    assertThat(other.status()).isEqualTo(403);
    assertThat(other.text()).contains("credential-exhausted");
  }

  @Test
  @Requirement({"EST-089", "EST-233"})
  void oneCredentialYieldsOneCertificateHoweverManyAskAtOnce() throws Exception {
    Credentials.Created credential = front.credential("CN=line-6");
    List<Future<Integer>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 6; i++) {
        answers.add(threads.submit(() -> front.enroll(credential, request("CN=line-6")).status()));
      }
    }

    List<Integer> statuses = new ArrayList<>();
    for (Future<Integer> answer : answers) {
      statuses.add(answer.get());
    }

    assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 403);
    assertThat(ca.issued())
        .filteredOn(record -> record.certificate().subject().toString().equals("CN=line-6"))
        .hasSize(1);
  }

  @Test
  @Requirement("EST-233")
  void aServerThatCannotBeReachedIs503() {
    Credentials.Created credential = front.credential("CN=line-7");

    Wire.Answer answer = enroll("gone", credential, request("CN=line-7"));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isPresent();
    assertThat(answer.text()).contains("upstream-unavailable").doesNotContain("Exception");
    assertThat(usesLeft(credential)).isEqualTo(1);
  }

  @Test
  @Requirement("EST-233")
  void aCertificateOfTheOtherServerRenewsItselfUnlessItsCrlNamesIt() throws IOException {
    Installation.Made made = request("CN=line-11");
    Certificate first = certificateIn(front.enroll(front.credential("CN=line-11"), made));
    Wire.Identity device = new Wire.Identity(made.keyPair(), List.of(first));

    assertThat(renew("", device, "CN=line-11").text()).contains("certificate-untrusted");
    assertThat(renew("renewing/", device, "CN=line-11").text()).contains("revocation-unknown");
    fetchCrl();
    Certificate second = certificateIn(renew("renewing/", device, "CN=line-11"));
    ca.services().revocations().revoke("issuing", first.serialNumber(), "keyCompromise", "test");
    fetchCrl();
    Wire.Answer stolen = renew("renewing/", device, "CN=line-11");

    assertThat(second.subject()).hasToString("CN=line-11");
    assertThat(ca.issued().getFirst().replaces()).contains(first.serialNumber().toString());
    assertThat(stolen.status()).isEqualTo(403);
    assertThat(stolen.text()).contains("certificate-revoked");
  }

  private void fetchCrl() throws IOException {
    ca.services().revocationLists().publishIfDue();
    try (Wire wire = Wire.connectClear(ca.server().clearPort())) {
      Files.write(
          front.folder().resolve("ca.crl"),
          wire.send("GET", "/crl/issuing.crl", Map.of(), new byte[0]).body().toByteArray());
    }
  }

  private Wire.Answer renew(String label, Wire.Identity identity, String subject) {
    try (Wire wire = Wire.connect(front.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return wire.send(
          "POST",
          "/.well-known/est/" + label + "simplereenroll",
          pkcs10(),
          request(subject).base64());
    }
  }

  @Test
  @Requirement("EST-233")
  void aManufacturersCertificateIsNoneToRenew() {
    Wire.Identity own = maker.issue("CN=line-8", Instant.now());
    try (Wire wire = Wire.connect(front.server().tlsPort(), "TLSv1.3", Optional.of(own))) {
      Wire.Answer answer =
          wire.send(
              "POST", "/.well-known/est/simplereenroll", pkcs10(), request("CN=line-8").base64());

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("a manufacturer's certificate does not renew");
    }
  }

  @Test
  @Requirement("EST-315")
  void aConstrainedDeviceEnrolsThroughCoapWithTheServerBehind() {
    Wire.Identity idevid = maker.issue("CN=line-9", Instant.now());
    try (CoapsClient client = connect(idevid)) {
      Response crts = client.get("crts");
      Response enrolled = client.post("sen", der("CN=line-9"));

      assertThat(CertsOnly.parse(crts.getPayload())).contains(ca.server().root());
      assertThat(CoapsClient.certificateIn(enrolled).subject()).hasToString("CN=line-9");
      assertThat(ca.issued())
          .anyMatch(record -> record.certificate().subject().toString().equals("CN=line-9"));
    }
  }

  @Test
  @Requirement("EST-315")
  void theCodesOfTheServerBehindBecomeThoseOfCoap() {
    Wire.Identity idevid = maker.issue("CN=line-10", Instant.now());
    byte[] csr = der("CN=line-10");
    try (CoapsClient client = connect(idevid)) {
      Response waits = client.post("slow/sen", csr);
      approve("CN=line-10");
      Response decided = client.post("slow/sen", csr);

      assertThat(waits.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
      assertThat(waits.getOptions().getMaxAge()).isEqualTo(7);
      assertThat(CoapsClient.certificateIn(decided).subject()).hasToString("CN=line-10");
    }
  }

  private CoapsClient connect(Wire.Identity identity) {
    return CoapsClient.connect(
        front.server().coapsPort().orElseThrow(), front.server().root(), identity);
  }

  private static byte[] der(String subject) {
    return request(subject).request().der().toByteArray();
  }

  private Wire.Answer enroll(String label, Credentials.Created credential, Installation.Made made) {
    try (Wire wire = Wire.connect(front.server().tlsPort())) {
      return wire.send(
          "POST", "/.well-known/est/" + label + "/simpleenroll", basic(credential), made.base64());
    }
  }

  private static Wire.Answer post(
      Wire wire, String label, Credentials.Created credential, KeyPair key, String binding) {
    byte[] csr =
        CertificationRequestBuilder.builder(SubjectNames.parse("CN=line-2", List.of()), key)
            .challengePassword(binding)
            .build()
            .der()
            .toByteArray();
    return wire.send(
        "POST",
        "/.well-known/est/" + label + "/simpleenroll",
        basic(credential),
        Installation.base64(csr));
  }

  private void approve(String subject) {
    var waiting =
        ca.services().pendingRequests().list(100).stream()
            .filter(pending -> pending.names().subject().toString().equals(subject))
            .toList();
    assertThat(waiting).hasSize(1);
    ca.services().pendingRequests().approve(waiting.getFirst().ticket(), "test");
  }

  private int usesLeft(Credentials.Created credential) {
    return front
        .services()
        .credentials()
        .find(credential.credential().id())
        .orElseThrow()
        .usesLeft();
  }
}
