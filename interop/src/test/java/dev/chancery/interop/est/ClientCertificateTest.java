package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
import org.junit.jupiter.params.provider.CsvSource;

/// What a presented certificate is worth, and which anchors say so.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientCertificateTest {
  private Path folder;
  private Installation chancery;
  private OtherAuthority manufacturer;
  private OtherAuthority impostor;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    Instant now = Instant.now();
    manufacturer = OtherAuthority.create("CN=Maker Root", now);
    // Another CA that has taken the same name (EST-221).
    impostor = OtherAuthority.create("CN=Maker Root", now);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("maker.pem"), manufacturer.certificate().toPem());
    chancery =
        Installation.start(
            folder,
            """
            issuers:
              issuing: {}
              second: {}
            est:
              endpoints:
                - label: ""
                  issuer: issuing
                  profile: device
                  expired-grace: 2d
                  registration-authorities:
                    - subject: CN=ra-1
                      names: {subjects: ["CN=line-*"], alternatives: []}
                - label: devices
                  issuer: issuing
                  profile: device
                  device-anchors:
                    - name: maker
                      file: maker.pem
                      allow: ["CN=*,2.5.4.5=SN-1*"]
                      profile: device
                      subject: "CN={serialNumber}"
                      alternatives: []
                - label: second
                  issuer: second
                  profile: device
                - {label: cert, issuer: issuing, profile: device, authentication: certificate}
                - {label: password, issuer: issuing, profile: device, authentication: password}
                - {label: either, issuer: issuing, profile: device, authentication: either}
                - {label: both, issuer: issuing, profile: device, authentication: both}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-104", "EST-220"})
  void aRevokedCertificateRenewsNothing() {
    Wire.Identity device = chancery.device("CN=lost");
    chancery
        .services()
        .revocations()
        .revoke("issuing", device.chain().getFirst().serialNumber(), "keyCompromise", "test");

    Wire.Answer answer = post("simplereenroll", device, "CN=lost");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-revoked");
  }

  @Test
  @Requirement("EST-014")
  void aForeignOrSelfSignedCertificateIsRefusedWithText() {
    Wire.Identity foreign = impostor.issue("CN=stranger", Instant.now());

    Wire.Answer answer = post("simpleenroll", foreign, "CN=stranger");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-untrusted");
  }

  @Test
  @Requirement("EST-104")
  void anExpiredCertificateRenewsWithinItsGraceAndNotAfter() {
    try (Installation late =
        Installation.start(
            folder.resolve("late"),
            """
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device, expired-grace: 2d}
            """)) {
      Wire.Identity device = late.device("CN=late");
      late.clock().advance(Duration.ofDays(91));

      assertThat(post(late, "simplereenroll", device, "CN=late").status()).isEqualTo(200);
      assertThat(post(late, "simpleenroll", device, "CN=late").text())
          .contains("certificate-expired");
      late.clock().advance(Duration.ofDays(3));
      Wire.Answer tooLate = post(late, "simplereenroll", device, "CN=late");
      assertThat(tooLate.status()).isEqualTo(403);
      assertThat(tooLate.text()).contains("certificate-expired");
    }
  }

  @Test
  @Requirement({"EST-012", "EST-220"})
  void aManufacturersCertificateEnrolsOnTheAllowListAndGetsTheEndpointsNaming() {
    Wire.Identity device = manufacturer.issue("CN=Model X,2.5.4.5=SN-17", Instant.now());

    Wire.Answer answer = post("devices/simpleenroll", device, "CN=SN-17");

    assertThat(certificateIn(answer).subject()).hasToString("CN=SN-17");
  }

  @Test
  @Requirement("EST-221")
  void aDeviceThatIsNotOnTheAllowListIsRefused() {
    Wire.Identity device = manufacturer.issue("CN=Model X,2.5.4.5=SN-99", Instant.now());

    Wire.Answer answer = post("devices/simpleenroll", device, "CN=SN-99");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-not-entitled");
  }

  @Test
  @Requirement("EST-221")
  void anotherCaWithTheManufacturersNameGainsNothing() {
    Wire.Identity device = impostor.issue("CN=Model X,2.5.4.5=SN-17", Instant.now());

    Wire.Answer answer = post("devices/simpleenroll", device, "CN=SN-17");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-untrusted");
  }

  @Test
  @Requirement({"EST-102", "EST-220", "EST-224"})
  void aManufacturersCertificateDoesNotRenewAndWorksAtNoOtherLabel() {
    Wire.Identity device = manufacturer.issue("CN=Model X,2.5.4.5=SN-18", Instant.now());

    Wire.Answer renewal = post("devices/simplereenroll", device, "CN=SN-18");
    Wire.Answer elsewhere = post("simpleenroll", device, "CN=SN-18");

    assertThat(renewal.status()).isEqualTo(403);
    assertThat(elsewhere.status()).isEqualTo(403);
    assertThat(elsewhere.text()).contains("certificate-untrusted");
  }

  @Test
  @Requirement("EST-220")
  void anExpiredManufacturersCertificateIsRefused() {
    Wire.Identity device =
        manufacturer.issue("CN=Model X,2.5.4.5=SN-19", Instant.now().minus(Duration.ofDays(400)));

    assertThat(post("devices/simpleenroll", device, "CN=SN-19").text())
        .contains("certificate-expired");
  }

  @Test
  @Requirement({"EST-021", "EST-068"})
  void eachLabelHasTheCaCertificatesOfItsIssuerAlone() {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer first = wire.send("GET", "/.well-known/est/cacerts", Map.of(), new byte[0]);
      Wire.Answer second =
          wire.send("GET", "/.well-known/est/second/cacerts", Map.of(), new byte[0]);

      assertThat(certificates(first))
          .containsExactlyInAnyOrderElementsOf(
              chancery.services().authority().certificatesOf("issuing"))
          .doesNotContainAnyElementsOf(certificates(second));
      assertThat(certificates(second))
          .containsExactlyInAnyOrderElementsOf(
              chancery.services().authority().certificatesOf("second"));
    }
  }

  private static List<Certificate> certificates(Wire.Answer answer) {
    return CertsOnly.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray()));
  }

  @Test
  @Requirement({"EST-021", "EST-102"})
  void aCertificateOfOneIssuerIsWorthNothingAtAnother() {
    Wire.Identity device = chancery.device("CN=first");

    Wire.Answer answer = post("second/simplereenroll", device, "CN=first");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("certificate-untrusted");
  }

  @Test
  @Requirement({"EST-023", "EST-230", "EST-231", "EST-107"})
  void aRegistrationAuthorityAsksForOthersInsideItsNameSpaceOnly() {
    var made = request("CN=ra-1");
    Wire.Identity authority =
        new Wire.Identity(
            made.keyPair(),
            List.of(
                certificateIn(
                    chancery.enroll(
                        chancery.credential("registration-authority", 1, "CN=ra-1"), made))));

    assertThat(certificateIn(post("simpleenroll", authority, "CN=line-1")).subject())
        .hasToString("CN=line-1");
    assertThat(post("simpleenroll", authority, "CN=bank").text()).contains("name-not-entitled");
    assertThat(post("devices/simpleenroll", authority, "CN=line-2").text())
        .contains("certificate-not-entitled");
    assertThat(chancery.issued().getFirst().requester()).startsWith("registration-authority:");
    // One certificate bears the name: it is the one renewed. None: refused.
    assertThat(certificateIn(post("simplereenroll", authority, "CN=line-1")).subject())
        .hasToString("CN=line-1");
    assertThat(post("simplereenroll", authority, "CN=line-3").text()).contains("not-found");
  }

  @ParameterizedTest(name = "policy {0}, certificate {1}, password {2}: {3}")
  @CsvSource({
    "cert, none, none, 403", "cert, none, good, 403", "cert, good, none, 200",
    "cert, good, good, 200", "password, none, none, 401", "password, none, good, 200",
    "password, good, none, 401", "password, good, good, 200", "either, none, none, 401",
    "either, none, good, 200", "either, good, none, 200", "either, good, good, 200",
    "both, none, none, 403", "both, none, good, 403", "both, good, none, 401",
    "both, good, good, 200", "password, none, bad, 401", "either, none, bad, 401",
    "both, good, bad, 401", "cert, bad, none, 403", "either, bad, none, 403",
    "either, bad, good, 200", "both, bad, good, 403"
  })
  @Requirement({"EST-009", "EST-011", "EST-081", "EST-223"})
  void theFourPoliciesAskForWhatTheySay(
      String policy, String certificate, String password, int status) {
    Optional<Wire.Identity> identity =
        switch (certificate) {
          case "good" -> Optional.of(chancery.device("CN=matrix"));
          case "bad" -> Optional.of(impostor.issue("CN=matrix", Instant.now()));
          default -> Optional.empty();
        };
    Map<String, String> headers =
        switch (password) {
          case "good" -> basic(chancery.credential("CN=matrix"));
          case "bad" -> basic("nobody", "nothing");
          default -> pkcs10();
        };

    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", identity)) {
      Wire.Answer answer =
          wire.send(
              "POST",
              "/.well-known/est/" + policy + "/simpleenroll",
              headers,
              request("CN=matrix").base64());
      assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    }
  }

  private Wire.Answer post(String operation, Wire.Identity identity, String subject) {
    return post(chancery, operation, identity, subject);
  }

  private static Wire.Answer post(
      Installation installation, String operation, Wire.Identity identity, String subject) {
    try (Wire wire =
        Wire.connect(installation.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return wire.send(
          "POST", "/.well-known/est/" + operation, pkcs10(), request(subject).base64());
    }
  }
}
