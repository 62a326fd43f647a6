package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.name.SubjectNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What a credential is worth: so many certificates, for these names, at these endpoints, until
/// then, with that key.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CredentialTest {
  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            folder,
            """
            est:
              endpoints:
                - label: ""
                  issuer: issuing
                  profile: device
                - label: factory
                  issuer: issuing
                  profile: device
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement("EST-089")
  void ofOneHundredParallelUsesOfOneCredentialExactlyOneGetsACertificate() throws Exception {
    var credential = chancery.credential("CN=contested");
    List<Installation.Made> requests = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      requests.add(request("CN=contested"));
    }

    List<Integer> statuses = new ArrayList<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answers = new ArrayList<>();
      for (Installation.Made made : requests) {
        answers.add(executor.submit(() -> chancery.enroll(credential, made).status()));
      }
      for (Future<Integer> answer : answers) {
        statuses.add(answer.get());
      }
    }

    assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 403).hasSize(99);
    assertThat(chancery.issued())
        .filteredOn(record -> record.certificate().subject().toString().equals("CN=contested"))
        .hasSize(1);
  }

  @Test
  void aCredentialWithThreeUsesYieldsThreeCertificates() {
    var credential = chancery.credential("device", 3, "CN=three");

    for (int i = 0; i < 3; i++) {
      certificateIn(chancery.enroll(credential, request("CN=three")));
    }

    assertRefused(chancery.enroll(credential, request("CN=three")), "credential-exhausted");
  }

  @Test
  void anExpiredCredentialSaysSo() {
    try (Installation later = Installation.start(folder.resolve("later"), "")) {
      var credential = later.credential("CN=late");
      later.clock().advance(Duration.ofHours(2));

      assertRefused(later.enroll(credential, request("CN=late")), "credential-expired");
    }
  }

  @Test
  void aRevokedCredentialSaysSo() {
    var credential = chancery.credential("CN=revoked");
    chancery.services().credentials().revoke(credential.credential().id(), "test");

    assertRefused(chancery.enroll(credential, request("CN=revoked")), "credential-revoked");
  }

  @Test
  void aCredentialWorksAtItsEndpointsOnly() {
    var credential = create(Optional.empty(), List.of("est/factory"), exactly("CN=placed"));

    assertRefused(chancery.enroll(credential, request("CN=placed")), "credential-not-for-endpoint");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      var answer =
          wire.send(
              "POST",
              "/.well-known/est/factory/simpleenroll",
              basic(credential),
              request("CN=placed").base64());
      assertThat(certificateIn(answer).subject()).hasToString("CN=placed");
    }
  }

  @Test
  void aCredentialBoundToAKeyWorksForNoOther() {
    var mine = request("CN=bound");
    var credential =
        create(
            Optional.of(mine.request().template().subjectPublicKey().sha256Hex()),
            List.of(),
            exactly("CN=bound"));

    assertRefused(chancery.enroll(credential, request("CN=bound")), "credential-not-for-key");
    assertThat(certificateIn(chancery.enroll(credential, mine)).subject()).hasToString("CN=bound");
  }

  @Test
  void aStandingCredentialGivesNamesInsideItsNameSpaceOnly() {
    var credential =
        create(
            Optional.empty(),
            List.of(),
            new EntitledNames.Within(
                new NameSpace(List.of("CN=printer-*"), List.of("dns:*.shop.example"))));

    assertThat(
            certificateIn(
                    chancery.enroll(
                        credential, request("CN=printer-7", "dns:printer-7.shop.example")))
                .subject())
        .hasToString("CN=printer-7");
    for (Installation.Made outside :
        List.of(
            request("CN=scanner-7"),
            request("CN=printer-7,O=More"),
            request("CN=printer-7", "dns:a.b.shop.example"),
            request("CN=printer-7", "dns:shop.example"),
            request("CN=printer-7", "ip:10.0.0.1"),
            request(""))) {
      assertRefused(chancery.enroll(credential, outside), "name-not-entitled");
    }
  }

  @Test
  @Requirement("EST-222")
  void guessingIsSlowedDown() {
    try (Installation guarded =
        Installation.start(
            folder.resolve("guarded"),
            """
              limits: {wrong-secrets-per-minute: 3}
            """)) {
      var credential = guarded.credential("CN=guarded");
      for (int i = 0; i < 3; i++) {
        assertThat(guess(guarded, credential).status()).isEqualTo(401);
      }

      Wire.Answer limited = guess(guarded, credential);

      assertThat(limited.status()).isEqualTo(429);
      assertThat(limited.header("Retry-After")).isPresent();
      guarded.clock().advance(Duration.ofMinutes(2));
      assertThat(guarded.enroll(credential, request("CN=guarded")).status()).isEqualTo(200);
    }
  }

  private static Wire.Answer guess(Installation installation, Credentials.Created credential) {
    try (Wire wire = Wire.connect(installation.server().tlsPort())) {
      return wire.send(
          "POST",
          "/.well-known/est/simpleenroll",
          basic(credential.credential().id(), "wrong"),
          request("CN=guarded").base64());
    }
  }

  private static EntitledNames exactly(String subject) {
    return new EntitledNames.Exactly(SubjectNames.parse(subject, List.of()));
  }

  private Credentials.Created create(
      Optional<String> key, List<String> endpoints, EntitledNames names) {
    return chancery
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(), names, "device", endpoints, 10, Duration.ofHours(1), key),
            "test");
  }

  private static void assertRefused(Wire.Answer answer, String code) {
    assertThat(answer.status()).as(answer.text()).isIn(400, 403);
    assertThat(answer.text()).contains(code);
  }
}
