package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.ValidatedPath;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.name.SubjectNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The main road: a device gets its certificate with a credential and renews it with that
/// certificate.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnrollmentTest {
  private static final String ENROLL = "/.well-known/est/simpleenroll";
  private static final String REENROLL = "/.well-known/est/simplereenroll";

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(folder, "");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Requirement({"EST-003", "EST-080", "EST-120"})
  void aDeviceWithACredentialGetsOneCertificateWithItsNames(String protocol) {
    var credential = chancery.credential("CN=sensor-1", "dns:sensor-1.example");
    var made = request("CN=sensor-1", "dns:sensor-1.example");

    Wire.Answer answer;
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), protocol, Optional.empty())) {
      answer = wire.send("POST", ENROLL, basic(credential), made.base64());
    }

    Certificate certificate = certificateIn(answer);
    assertThat(certificate.names())
        .isEqualTo(SubjectNames.parse("CN=sensor-1", List.of("dns:sensor-1.example")));
    assertThat(certificate.subjectPublicKeyInfo())
        .isEqualTo(made.request().template().subjectPublicKey());
    ValidatedPath.validate(
        List.of(certificate), chancery.anchors(), chancery.clock().instant(), "1.3.6.1.5.5.7.3.2");
  }

  @Test
  @Requirement({"EST-028", "EST-032", "EST-044", "EST-050"})
  void theHeadersAreThoseThatSmallClientsCompareByTheLetter() {
    var credential = chancery.credential("CN=sensor-2");
    var answer = chancery.enroll(credential, request("CN=sensor-2"));

    assertThat(answer.headers())
        .containsEntry("Content-Type", "application/pkcs7-mime; smime-type=certs-only")
        .containsEntry("Content-Transfer-Encoding", "base64")
        .containsEntry("Cache-Control", "no-store")
        .containsEntry("Content-Length", Integer.toString(answer.body().length()))
        .doesNotContainKey("Transfer-Encoding");
    assertThat(answer.headBytes()).isLessThan(1024);
    assertThat(answer.text().lines()).allMatch(line -> line.length() <= 64);
    assertThat(answer.text()).endsWith("\n");
  }

  @Test
  @Requirement({"EST-060", "EST-062", "EST-051"})
  void anybodyMayFetchTheCaCertificatesUpToTheRoot() {
    Wire.Answer answer;
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      answer = wire.send("GET", "/.well-known/est/cacerts", Map.of(), new byte[0]);
    }

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/pkcs7-mime");
    assertThat(CertsOnly.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray())))
        .containsExactlyInAnyOrderElementsOf(
            chancery.services().authority().certificatesOf("issuing"));
  }

  @Test
  @Requirement({"EST-031", "EST-102", "EST-103", "EST-088"})
  void aDeviceRenewsWithItsCertificateAndANewKey() {
    Wire.Identity device = chancery.device("CN=sensor-3", "dns:sensor-3.example");
    var made = request("CN=sensor-3", "dns:sensor-3.example");

    Wire.Answer answer = reenroll(device, made);

    Certificate renewed = certificateIn(answer);
    assertThat(renewed.names()).isEqualTo(device.chain().getFirst().names());
    assertThat(renewed).isNotEqualTo(device.chain().getFirst());
    assertThat(chancery.issued().getFirst().replaces())
        .contains(device.chain().getFirst().serialNumber().toString());
  }

  @Test
  @Requirement("EST-103")
  void aDeviceRenewsWithItsOldKeyToo() {
    Wire.Identity device = chancery.device("CN=sensor-4");
    var request =
        dev.chancery.pki.request.CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=sensor-4", List.of()), device.keyPair())
            .build();

    Wire.Answer answer = reenroll(device, new Installation.Made(request, device.keyPair()));

    assertThat(certificateIn(answer).subjectPublicKeyInfo())
        .isEqualTo(device.chain().getFirst().subjectPublicKeyInfo());
  }

  @ParameterizedTest
  @ValueSource(strings = {"CN=other", "CN=sensor-5,O=Added", ""})
  @Requirement("EST-100")
  void aRenewalThatNamesAnotherSubjectIsRefused(String subject) {
    Wire.Identity device = chancery.device("CN=sensor-5");
    int before = chancery.issued().size();

    Wire.Answer answer = reenroll(device, request(subject));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("name-changed");
    assertThat(chancery.issued()).hasSize(before);
  }

  @Test
  @Requirement("EST-100")
  void aRenewalThatAddsOrDropsAnAlternativeNameIsRefused() {
    Wire.Identity device = chancery.device("CN=sensor-6", "dns:sensor-6.example");

    assertThat(reenroll(device, request("CN=sensor-6")).status()).isEqualTo(400);
    assertThat(
            reenroll(device, request("CN=sensor-6", "dns:sensor-6.example", "dns:added.example"))
                .status())
        .isEqualTo(400);
  }

  @Test
  @Requirement("EST-101")
  void aRenewalMayWriteItsNamesInAnotherOrderAndCase() {
    Wire.Identity device = chancery.device("CN=Sensor-7", "dns:a.example", "dns:b.example");

    Wire.Answer answer = reenroll(device, request("CN=sensor-7", "dns:B.example", "dns:a.example"));

    assertThat(certificateIn(answer).names()).isEqualTo(device.chain().getFirst().names());
  }

  @Test
  void theSameRequestAfterALostReplyGetsTheSameCertificate() {
    var credential = chancery.credential("CN=sensor-8");
    var made = request("CN=sensor-8");
    Certificate first = certificateIn(chancery.enroll(credential, made));

    var again =
        new Installation.Made(
            dev.chancery.pki.request.CertificationRequestBuilder.builder(
                    SubjectNames.parse("CN=sensor-8", List.of()), made.keyPair())
                .build(),
            made.keyPair());
    Certificate second = certificateIn(chancery.enroll(credential, again));

    assertThat(second).isEqualTo(first);
    assertThat(chancery.lastAudit().event().action())
        .isEqualTo(AuditEvent.Action.CERTIFICATE_REDELIVERED);
  }

  @Test
  void aDeviceRenewsAfterItsCredentialHasLongExpired() {
    Wire.Identity device = chancery.device("CN=sensor-9");
    chancery.clock().advance(Duration.ofDays(30));

    Wire.Answer answer = reenroll(device, request("CN=sensor-9"));

    assertThat(certificateIn(answer).subject()).hasToString("CN=sensor-9");
  }

  @Test
  @Requirement("EST-085")
  void aDeviceGetsASecondCertificateForItsOwnNames() {
    Wire.Identity device = chancery.device("CN=sensor-10");

    Wire.Answer answer;
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(device))) {
      answer = wire.send("POST", ENROLL, pkcs10(), request("CN=sensor-10").base64());
    }

    assertThat(certificateIn(answer).subject()).hasToString("CN=sensor-10");
    assertThat(chancery.issued().getFirst().replaces()).isEmpty();
  }

  @Test
  void theAuditTellsWhoGotWhat() {
    var credential = chancery.credential("CN=sensor-11");
    Certificate certificate = certificateIn(chancery.enroll(credential, request("CN=sensor-11")));

    AuditEvent event = chancery.lastAudit().event();
    assertThat(event.action()).isEqualTo(AuditEvent.Action.CERTIFICATE_ISSUED);
    assertThat(event.actor()).isEqualTo("credential:" + credential.credential().id());
    assertThat(event.details())
        .containsEntry("serial", certificate.serialNumber().toString())
        .containsEntry("names", "CN=sensor-11")
        .containsEntry("profile", "device");
  }

  @Test
  @Requirement("EST-027")
  void manyRequestsGoOverOneConnection() {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      for (int i = 0; i < 5; i++) {
        var credential = chancery.credential("CN=many-" + i);
        var answer = wire.send("POST", ENROLL, basic(credential), request("CN=many-" + i).base64());
        assertThat(certificateIn(answer).subject()).hasToString("CN=many-" + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NEW CERTIFICATE REQUEST", "CERTIFICATE REQUEST"})
  @Requirement("EST-045")
  void pemArmourAroundTheRequestIsAccepted(String label) {
    var credential = chancery.credential("CN=armoured");
    var made = request("CN=armoured");
    String pem =
        made.request()
            .toPem()
            .replace("BEGIN CERTIFICATE REQUEST", "BEGIN " + label)
            .replace("END CERTIFICATE REQUEST", "END " + label);

    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      var answer =
          wire.send("POST", ENROLL, basic(credential), pem.getBytes(StandardCharsets.US_ASCII));
      assertThat(answer.status()).isEqualTo(200);
    }
  }

  private Wire.Answer reenroll(Wire.Identity device, Installation.Made made) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(device))) {
      return wire.send("POST", REENROLL, pkcs10(), made.base64());
    }
  }
}
