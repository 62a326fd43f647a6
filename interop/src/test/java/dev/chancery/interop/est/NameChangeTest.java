package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ChangeSubjectNameForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// ChangeSubjectName (RFC 6402 §2.8): the request repeats the old names, the attribute holds the
/// new ones, and these are given only where the operator has said so.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NameChangeTest {
  private static final String CHANGE_SUBJECT_NAME = "1.3.6.1.5.5.7.7.36";
  private static final int REQUESTS_PER_SEED = 15;

  private Installation chancery;
  private OtherAuthority manufacturer;
  private Wire.Identity registrationAuthority;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    manufacturer = OtherAuthority.create("CN=Maker Root", Instant.now());
    Files.writeString(temporary.resolve("maker.pem"), manufacturer.certificate().toPem());
    chancery =
        Installation.start(
            temporary,
            """
            profiles:
              device: {}
              movable:
                name-change:
                  subjects: ["CN=site-*,O=Moved"]
                  alternatives: ["dns:*.moved.example", "ip:192.0.2.*"]
              lax:
                name-change: {subjects: ["CN=site-*,O=Moved"], alternatives: ["dns:*.moved.example"]}
                rules:
                  requested-names: observe
                  requested-extensions: observe
                  renewal-names: observe
                  key-type: observe
            est:
              endpoints:
                - label: ""
                  issuer: issuing
                  profile: device
                  registration-authorities:
                    - subject: CN=mover
                      names: {subjects: ["CN=old-*", "CN=site-1*,O=Moved"]}
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=*"], profile: movable}
            """);
    var made = Installation.request("CN=mover");
    registrationAuthority =
        new Wire.Identity(
            made.keyPair(),
            List.of(
                certificateIn(
                    chancery.enroll(
                        chancery.credential("registration-authority", 1, "CN=mover"), made))));
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @ParameterizedTest(name = "{2}: subject \"{0}\", alternative \"{1}\"")
  @CsvSource({
    "'CN=site-1,O=Moved', '', TAGGED",
    "'', 'dns:a.moved.example', TAGGED",
    "'', 'dns:a.moved.example', BARE",
    "'CN=site-2,O=Moved', 'dns:b.moved.example', TAGGED",
    "'CN=site-3,O=Moved', 'ip:192.0.2.7', BARE",
  })
  @Requirement("EST-105")
  void aRenewalChangesItsNamesAsTheAttributeSays(
      String subject, String alternative, ChangeSubjectNameForm form) {
    Wire.Identity device = device("movable", "CN=old-name,O=Here", "dns:old.example");
    SubjectNames wanted = names(subject, alternative);

    Certificate moved = certificateIn(renew(device, wanted, form));

    assertThat(moved.names()).isEqualTo(wanted);
    CertificateRecord record = chancery.issued().getFirst();
    assertThat(record.replaces()).contains(device.chain().getFirst().serialNumber().toString());
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("requested-names", "CN=old-name,O=Here [dns:old.example]")
        .containsEntry("requested-name-change", wanted.toString())
        .containsEntry("names", wanted.toString());
  }

  @Test
  @Requirement("EST-105")
  void anEmptyNameBesideAlternativesGivesAnEmptySubject() {
    Wire.Identity device = device("movable", "CN=old-name");
    ASN1Encodable attribute =
        new DERSequence(
            new ASN1Encodable[] {
              new X500NameBuilder().build(),
              new org.bouncycastle.asn1.x509.GeneralNames(
                  new org.bouncycastle.asn1.x509.GeneralName(
                      org.bouncycastle.asn1.x509.GeneralName.dNSName, "c.moved.example"))
            });

    Certificate moved = certificateIn(renew(device, attribute));

    assertThat(moved.names()).isEqualTo(names("", "dns:c.moved.example"));
  }

  @Test
  @Requirement("EST-105")
  void anAttributeThatNamesNothingIsRefused() {
    Wire.Identity device = device("movable", "CN=old-name");

    Wire.Answer empty = renew(device, new DERSequence());
    Wire.Answer nobody = renew(device, new DERSequence(new X500NameBuilder().build()));

    assertThat(empty.status()).isEqualTo(400);
    assertThat(nobody.status()).isEqualTo(403);
  }

  @Test
  @Requirement("EST-106")
  void whereTheProfileForbidsItNothingIsIssuedNotEvenTheOldName() {
    Wire.Identity device = device("device", "CN=fixed");
    int before = chancery.issued().size();

    Wire.Answer answer =
        renew(device, names("CN=site-1,O=Moved", ""), ChangeSubjectNameForm.TAGGED);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("name-change-forbidden");
    assertThat(chancery.issued()).hasSize(before);
  }

  @Test
  @Requirement({"EST-105", "EST-106"})
  void aNameOutsideOfWhatTheProfileAllowsIsRefused() {
    Wire.Identity device = device("movable", "CN=old-name");

    Wire.Answer answer = renew(device, names("CN=ceo,O=Moved", ""), ChangeSubjectNameForm.TAGGED);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("name-not-entitled");
  }

  @ParameterizedTest
  @CsvSource({"movable", "lax"})
  @Requirement("EST-105")
  void theRequestItselfHasToRepeatTheOldNamesUnderWhateverRules(String profile) {
    Wire.Identity device = device(profile, "CN=old-name");
    CertificationRequestBuilder builder =
        CertificationRequestBuilder.builder(
            names("CN=site-1,O=Moved", ""), KeyPairs.generate(KeyType.P_256));

    Wire.Answer answer =
        send(
            "simplereenroll",
            pkcs10(),
            Optional.of(device),
            builder
                .changeSubjectName(names("CN=site-1,O=Moved", ""), ChangeSubjectNameForm.TAGGED)
                .build()
                .der()
                .toByteArray());

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("name-changed");
  }

  @Test
  @Requirement({"EST-084", "EST-105"})
  void aManufacturersCertificateEnrolsUnderTheNameItAsksFor() {
    Wire.Identity device = manufacturer.issue("CN=model-9", Instant.now());

    Wire.Answer granted = enroll(device, "CN=site-9,O=Moved");
    Wire.Answer foreign = enroll(device, "CN=ceo");

    Certificate moved = certificateIn(granted);
    assertThat(moved.subject()).hasToString("CN=site-9,O=Moved");
    assertThat(chancery.issued().getFirst().replaces()).isEmpty();
    assertThat(foreign.status()).isEqualTo(403);
  }

  @Test
  @Requirement({"EST-084", "EST-106"})
  void whoeverHasOnlyAPasswordHasNoNamesToChange() {
    var credential = chancery.credential("movable", 1, "CN=old-name");
    byte[] request =
        CertificationRequestBuilder.builder(
                names("CN=old-name", ""), KeyPairs.generate(KeyType.P_256))
            .changeSubjectName(names("CN=site-1,O=Moved", ""), ChangeSubjectNameForm.TAGGED)
            .build()
            .der()
            .toByteArray();

    Wire.Answer answer = send("simpleenroll", basic(credential), Optional.empty(), request);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("name-change-forbidden");
  }

  @Test
  @Requirement({"EST-105", "EST-107", "EST-231"})
  void aRegistrationAuthorityRenamesOthersWithinItsOwnNameSpaceOnly() {
    device("movable", "CN=old-ra");
    device("movable", "CN=old-ra-2");

    Wire.Answer inside = renewFor("CN=old-ra", "CN=site-10,O=Moved");
    Wire.Answer outside = renewFor("CN=old-ra-2", "CN=site-20,O=Moved");

    assertThat(certificateIn(inside).subject()).hasToString("CN=site-10,O=Moved");
    assertThat(outside.status()).isEqualTo(403);
    assertThat(outside.text()).contains("name-not-entitled");
  }

  static List<Long> seeds() {
    return LongStream.range(0, 10).boxed().toList();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  @Requirement({"EST-086", "EST-105", "EST-106"})
  void whateverBytesArriveNoNameLeavesTheSpace(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String profile = List.of("device", "movable", "lax").get(random.nextInt(3));
    Wire.Identity device = device(profile, "CN=owner-" + seed, "dns:owner.example");
    SubjectNames own = device.chain().getFirst().names();
    String requester = "certificate:issuing/" + device.chain().getFirst().serialNumber();

    for (int i = 0; i < REQUESTS_PER_SEED; i++) {
      byte[] der = request(random, device, own);
      if (random.nextInt(3) == 0) {
        der[random.nextInt(der.length)] ^= (byte) (1 << random.nextInt(8));
      }
      String operation = random.nextBoolean() ? "simplereenroll" : "simpleenroll";
      Wire.Answer answer = send(operation, pkcs10(), Optional.of(device), der);
      assertThat(answer.status()).as(answer.text()).isIn(200, 400, 403);
    }

    for (CertificateRecord record : chancery.issued()) {
      if (record.requester().equals(requester)) {
        SubjectNames names = record.certificate().names();
        boolean moved =
            !profile.equals("device")
                && (names.subject().isEmpty()
                    || names.subject().toString().matches("CN=site-[0-9]+,O=Moved"))
                && names.alternatives().stream()
                    .allMatch(name -> name.toString().matches("dns:[a-z]+\\.moved\\.example"));
        assertThat(moved || names.equals(own)).as(names.toString()).isTrue();
      }
    }
  }

  private static byte[] request(SplittableRandom random, Wire.Identity device, SubjectNames own) {
    String[] subjects = {"CN=site-1,O=Moved", "CN=site-2,O=Bank", "CN=ceo", "", "O=Moved"};
    String[] alternatives = {"dns:a.moved.example", "dns:bank.example", "dns:a.b.moved.example"};
    List<String> chosen = new ArrayList<>();
    for (String alternative : alternatives) {
      if (random.nextInt(3) == 0) {
        chosen.add(alternative);
      }
    }
    SubjectNames wanted = SubjectNames.parse(subjects[random.nextInt(subjects.length)], chosen);
    return CertificationRequestBuilder.builder(
            random.nextInt(4) == 0 ? wanted : own, device.keyPair())
        .changeSubjectName(
            wanted,
            random.nextBoolean() ? ChangeSubjectNameForm.TAGGED : ChangeSubjectNameForm.BARE)
        .build()
        .der()
        .toByteArray();
  }

  private Wire.Identity device(String profile, String subject, String... alternatives) {
    var made = Installation.request(subject, alternatives);
    return new Wire.Identity(
        made.keyPair(),
        List.of(
            certificateIn(
                chancery.enroll(chancery.credential(profile, 1, subject, alternatives), made))));
  }

  private static CertificationRequestBuilder builder(Wire.Identity device) {
    KeyPair fresh = KeyPairs.generate(KeyType.P_256);
    return CertificationRequestBuilder.builder(device.chain().getFirst().names(), fresh);
  }

  private Wire.Answer renew(Wire.Identity device, SubjectNames wanted, ChangeSubjectNameForm form) {
    return send(
        "simplereenroll",
        pkcs10(),
        Optional.of(device),
        builder(device).changeSubjectName(wanted, form).build().der().toByteArray());
  }

  private Wire.Answer renew(Wire.Identity device, ASN1Encodable attribute) {
    return send(
        "simplereenroll",
        pkcs10(),
        Optional.of(device),
        Requests.withAttribute(
            device.chain().getFirst().names(),
            KeyPairs.generate(KeyType.P_256),
            CHANGE_SUBJECT_NAME,
            attribute));
  }

  private Wire.Answer enroll(Wire.Identity device, String wanted) {
    return send(
        "simpleenroll",
        pkcs10(),
        Optional.of(device),
        builder(device)
            .changeSubjectName(names(wanted, ""), ChangeSubjectNameForm.TAGGED)
            .build()
            .der()
            .toByteArray());
  }

  private Wire.Answer renewFor(String subject, String wanted) {
    return send(
        "simplereenroll",
        pkcs10(),
        Optional.of(registrationAuthority),
        CertificationRequestBuilder.builder(names(subject, ""), KeyPairs.generate(KeyType.P_256))
            .changeSubjectName(names(wanted, ""), ChangeSubjectNameForm.TAGGED)
            .build()
            .der()
            .toByteArray());
  }

  private Wire.Answer send(
      String operation, Map<String, String> headers, Optional<Wire.Identity> identity, byte[] der) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", identity)) {
      return wire.send("POST", "/.well-known/est/" + operation, headers, base64(der));
    }
  }

  private static SubjectNames names(String subject, String alternative) {
    return SubjectNames.parse(subject, alternative.isEmpty() ? List.of() : List.of(alternative));
  }
}
