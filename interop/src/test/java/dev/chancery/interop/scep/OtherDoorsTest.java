package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What is worth something at a SCEP endpoint is worth nothing elsewhere, and the other way round,
/// unless the operator says so: no weaker way leads to the same certificates.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement("SCEP-204")
class OtherDoorsTest {
  private static final String SHARED = "q7dk2mzr4xw5hcn3tbvy6oafgs";

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("challenge"), SHARED + "\n");
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              vpn: {extended-key-usage: [clientAuth]}
            scep:
              endpoints:
                - {}
                - {label: vpn, profile: vpn}
                - label: phones
                  static-challenge: {file: challenge, subjects: ["CN=phone-*"]}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private Credentials.Created credential(String endpoint, String subject) {
    return chancery
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Exactly(SubjectNames.parse(subject, List.of())),
                "device",
                List.of(endpoint),
                1,
                Duration.ofHours(1),
                Optional.empty()),
            "test");
  }

  private static RawMessage pkcsReq(
      Installation chancery, String path, Device device, String challenge, String subject) {
    return RawMessage.pkcsReq(
        chancery, path, device, RawMessage.csr(device.keyPair(), challenge, subject));
  }

  private void assertRefused(String path, RawMessage message, String code) {
    int before = chancery.issued().size();

    assertThat(message.answer(chancery, path).result())
        .isInstanceOfSatisfying(
            Result.Failure.class,
            failure -> assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST));
    assertThat(chancery.issued()).hasSize(before);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", code);
  }

  @Test
  void aChallengeForScepIsNoPasswordForEst() {
    var credential = credential("scep", "CN=door");

    Wire.Answer answer = chancery.enroll(credential, Installation.request("CN=door"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("credential-not-for-endpoint");
    assertThat(chancery.issued())
        .noneMatch(record -> record.certificate().subject().toString().equals("CN=door"));
  }

  @Test
  void aPasswordForEstIsNoChallengeForScep() {
    Device device = Device.of(KeyType.RSA_2048, "CN=door-2");
    String challenge = RawMessage.challenge(credential("est", "CN=door-2"));

    assertRefused(
        "/scep",
        pkcsReq(chancery, "/scep", device, challenge, "CN=door-2"),
        "credential-not-for-endpoint");
  }

  @Test
  void aChallengeThatAllPhonesShareIsNoPasswordAnywhereElse() {
    Device device = Device.of(KeyType.RSA_2048, "CN=phone-1");

    assertRefused(
        "/scep/vpn",
        pkcsReq(chancery, "/scep/vpn", device, SHARED, "CN=phone-1"),
        "credential-unknown");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      for (String id : List.of("", "phones", "scep/phones")) {
        assertThat(
                wire.send(
                        "POST",
                        "/.well-known/est/simpleenroll",
                        Installation.basic(id, SHARED),
                        Installation.request("CN=phone-1").base64())
                    .status())
            .isEqualTo(401);
      }
    }
  }

  /// Of another profile, got over another protocol.
  @Test
  void aCertificateFromEstRenewsOnlyWhereItsProfileIsIssued() {
    KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
    var request =
        CertificationRequestBuilder.builder(SubjectNames.parse("CN=door-3", List.of()), key)
            .build();
    Certificate own =
        Installation.certificateIn(
            chancery.enroll(chancery.credential("CN=door-3"), new Installation.Made(request, key)));
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
    MessageKey signer = new MessageKey(own, key.getPrivate());

    assertRefused(
        "/scep/vpn",
        RawMessage.of(
            chancery,
            "/scep/vpn",
            "17",
            signer,
            RawMessage.csr(next, "", "CN=door-3").der().toByteArray()),
        "certificate-not-entitled");
  }

  /// The registration authority's certificate and key are the server's, and entitle to nothing.
  @Test
  @Requirement({"SCEP-204", "SCEP-205", "SCEP-210"})
  void theRegistrationAuthoritysKeyEnrolsNobody() throws IOException {
    Path files = chancery.folder().resolve("scep");
    var key = KeyPairs.privateKeyOf(Files.readString(files.resolve("default.key")));
    Certificate ra = RawMessage.caCertificates(chancery, "/scep").getFirst();
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);

    for (String type : List.of("17", "19")) {
      for (String subject : List.of("CN=anybody", ra.subject().toString())) {
        RawMessage message =
            RawMessage.of(
                chancery,
                "/scep",
                type,
                new MessageKey(ra, key),
                RawMessage.csr(next, "", subject).der().toByteArray());
        int before = chancery.issued().size();

        assertThat(message.answer(chancery, "/scep").result()).isInstanceOf(Result.Failure.class);
        assertThat(chancery.issued()).hasSize(before);
      }
    }
    KeyPair whole = new KeyPair(ra.subjectPublicKeyInfo().toPublicKey(), key);
    assertRefused(
        "/scep",
        pkcsReq(
            chancery,
            "/scep",
            new Device(whole, RawMessage.selfSigned(whole, "CN=thief")),
            RawMessage.challenge(chancery.credential("CN=thief")),
            "CN=thief"),
        "key-of-authority");
    assertThat(CertsOnly.parse(RawMessage.get(chancery, "/scep?operation=GetCACert").body()))
        .contains(ra);
  }
}
