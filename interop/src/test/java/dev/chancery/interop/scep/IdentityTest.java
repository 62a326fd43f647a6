package dev.chancery.interop.scep;

import static dev.chancery.interop.scep.RawMessage.challenge;
import static dev.chancery.interop.scep.RawMessage.csr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.authority.credential.Network;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
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
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bouncycastle.asn1.cms.Time;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// One key is one identity, an identity has so many certificates, and a credential is somebody's.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdentityTest {
  private static final String PATH = "/scep";

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) {
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              two: {certificates-per-identity: 2}
              fresh: {key-reuse: forbidden}
              anyone: {key-reuse: shared}
              by-hand: {approval: manual}
              renamed: {name-change: {subjects: ["CN=new-*"]}}
            scep:
              endpoints:
                - {}
                - {label: second}
                - {label: two, profile: two}
                - {label: timed, signing-time-window: 1h}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private RawMessage request(
      String path, Device device, Credentials.Created credential, String subject) {
    return RawMessage.pkcsReq(
        chancery, path, device, csr(device.keyPair(), challenge(credential), subject));
  }

  private Result ask(Device device, Credentials.Created credential, String subject) {
    return request(PATH, device, credential, subject).answer(chancery, PATH).result();
  }

  private Result ask(Device device, String profile, String subject) {
    return ask(device, chancery.credential(profile, 1, subject), subject);
  }

  private Certificate issued(Device device, String profile, String subject) {
    return MdmDevice.opened(ask(device, profile, subject), device.signer());
  }

  private void assertRefused(Result result, String code) {
    assertThat(result).isInstanceOf(Result.Failure.class);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", code);
  }

  private Wire.Answer est(KeyPair key, String profile, String subject) {
    return chancery.enroll(
        chancery.credential(profile, 1, subject),
        new Installation.Made(
            CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of()), key)
                .build(),
            key));
  }

  private void revoke(Certificate certificate, String reason) {
    chancery.services().revocations().revoke("issuing", certificate.serialNumber(), reason, "test");
  }

  @Test
  @Requirement("SCEP-205")
  void aKeyOfOneIdentityIsRefusedForAnotherWhateverTheProtocol() {
    Device device = Device.of(KeyType.P_256, "CN=first");
    issued(device, "device", "CN=first");

    assertRefused(ask(device, "device", "CN=second"), "key-reused");
    assertRefused(ask(device, "by-hand", "CN=second"), "key-reused");
    Wire.Answer est = est(device.keyPair(), "device", "CN=second");
    assertThat(est.status()).isEqualTo(400);
    assertThat(est.text()).contains("key-reused");

    KeyPair second = KeyPairs.generate(KeyType.P_256);
    assertThat(est(second, "device", "CN=over-est").status()).isEqualTo(200);
    assertRefused(
        ask(new Device(second, RawMessage.selfSigned(second, "CN=other")), "device", "CN=other"),
        "key-reused");
  }

  @Test
  @Requirement("SCEP-205")
  void theSameIdentityMayKeepItsKeyAndHaveSeveralCertificatesForIt() {
    Device device = Device.of(KeyType.RSA_2048, "CN=faithful");
    Certificate first = issued(device, "device", "CN=faithful");
    Certificate second = issued(device, "server", "CN=faithful");
    Result renewed =
        RawMessage.of(
                chancery,
                PATH,
                "17",
                device.with(first),
                csr(device.keyPair(), "", "CN=faithful").der().toByteArray())
            .answer(chancery, PATH)
            .result();

    assertThat(second).isNotEqualTo(first);
    assertThat(renewed).isInstanceOf(Result.Success.class);
    assertRefused(ask(device, "fresh", "CN=faithful"), "key-reused");
  }

  /// The digest of the request is the same, whatever message it comes in.
  @Test
  @Requirement({"SCEP-077", "SCEP-205"})
  void aLostReplyIsFetchedAgainEvenWhereKeysAreForbiddenToComeAgain() {
    Device device = Device.of(KeyType.P_256, "CN=lost");
    Credentials.Created credential = chancery.credential("fresh", 1, "CN=lost");
    RawMessage message = request(PATH, device, credential, "CN=lost");
    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);

    message.nonce = dev.chancery.pki.crypto.Randomness.bytes(16);

    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
    assertThat(named("CN=lost")).hasSize(1);
  }

  @Test
  @Requirement("SCEP-205")
  void aCompromisedKeyIsNeverCertifiedAgainAndARevokedNamesKeyIsFree() {
    Device lost = Device.of(KeyType.P_256, "CN=stolen");
    revoke(issued(lost, "device", "CN=stolen"), "keyCompromise");
    Device renamed = Device.of(KeyType.P_256, "CN=before");
    revoke(issued(renamed, "device", "CN=before"), "affiliationChanged");

    assertRefused(ask(lost, "device", "CN=stolen"), "key-compromised");
    assertRefused(ask(lost, "anyone", "CN=elsewhere"), "key-compromised");
    assertThat(ask(renamed, "device", "CN=after")).isInstanceOf(Result.Success.class);
    assertRefused(ask(renamed, "device", "CN=before"), "key-reused");
  }

  @Test
  @Requirement("SCEP-205")
  void onlyWhereTheOperatorSaysSoSeveralIdentitiesShareAKey() {
    Device device = Device.of(KeyType.P_256, "CN=shared");
    issued(device, "anyone", "CN=shared-1");

    assertThat(ask(device, "anyone", "CN=shared-2")).isInstanceOf(Result.Success.class);
    assertRefused(ask(device, "device", "CN=shared-3"), "key-reused");
  }

  @Test
  @Requirement({"SCEP-205", "SCEP-210"})
  void aKeyOfTheServerIsRefusedAtEveryDoor() throws IOException {
    Path file = chancery.folder().resolve("scep").resolve("default.key");
    Certificate ra = RawMessage.caCertificates(chancery, PATH).getFirst();
    KeyPair stolen =
        new KeyPair(
            ra.subjectPublicKeyInfo().toPublicKey(), KeyPairs.privateKeyOf(Files.readString(file)));
    Device thief = new Device(stolen, RawMessage.selfSigned(stolen, "CN=thief"));

    assertRefused(ask(thief, "anyone", "CN=thief"), "key-of-authority");
    assertRefused(
        request("/scep/second", thief, chancery.credential("anyone", 1, "CN=thief"), "CN=thief")
            .answer(chancery, "/scep/second")
            .result(),
        "key-of-authority");
    Wire.Answer est = est(stolen, "anyone", "CN=thief");
    assertThat(est.text()).contains("key-of-authority");
    assertThat(named("CN=thief")).isEmpty();
  }

  @Test
  @Requirement("SCEP-205")
  void ofManyIdentitiesThatAskForOneKeyAtOnceOneGetsIt() throws Exception {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    List<Future<Wire.Answer>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        String subject = "CN=racer-" + i;
        answers.add(threads.submit(() -> est(key, "device", subject)));
      }
    }
    List<Integer> statuses = new ArrayList<>();
    for (Future<Wire.Answer> answer : answers) {
      statuses.add(answer.get().status());
    }

    assertThat(statuses).containsOnlyOnce(200).filteredOn(status -> status == 400).hasSize(7);
  }

  private Result at(Duration fromNow) {
    Device device = Device.of(KeyType.P_256, "CN=timed");
    RawMessage message =
        request("/scep/timed", device, chancery.credential("CN=timed"), "CN=timed");
    message.moreAttributes.add(
        RawMessage.attribute(
            "1.2.840.113549.1.9.5", new Time(Date.from(chancery.clock().instant().plus(fromNow)))));
    return message.answer(chancery, "/scep/timed").result();
  }

  @Test
  @Requirement({"SCEP-078", "SCEP-122"})
  void whereTheOperatorDemandsItAMessageIsSignedAboutNow() {
    for (Duration wrong : List.of(Duration.ofHours(2), Duration.ofHours(-2))) {
      Result result = at(wrong);
      assertRefused(result, "signing-time-wrong");
      assertThat(MdmDevice.failure(result).failInfo()).isEqualTo(FailInfo.BAD_TIME);
    }
    for (Duration right : List.of(Duration.ofMinutes(59), Duration.ofMinutes(-59))) {
      assertThat(at(right)).isInstanceOf(Result.Success.class);
    }
    Device silent = Device.of(KeyType.P_256, "CN=silent");
    Result unsaid =
        request("/scep/timed", silent, chancery.credential("CN=silent"), "CN=silent")
            .answer(chancery, "/scep/timed")
            .result();
    assertRefused(unsaid, "signing-time-wrong");
    // Elsewhere it does not matter.
    assertThat(ask(silent, "device", "CN=silent")).isInstanceOf(Result.Success.class);
  }

  private List<Certificate> named(String subject) {
    return chancery.issued().stream()
        .map(record -> record.certificate())
        .filter(certificate -> certificate.subject().toString().equals(subject))
        .toList();
  }

  @Test
  @Requirement("SCEP-208")
  void anIdentityHasNoMoreCertificatesThanItsProfileAllows() throws Exception {
    Credentials.Created credential = chancery.credential("two", 20, "CN=crowd");
    List<Future<Result>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 10; i++) {
        answers.add(
            threads.submit(
                () -> ask(Device.of(KeyType.P_256, "CN=crowd"), credential, "CN=crowd")));
      }
    }
    int successes = 0;
    for (Future<Result> answer : answers) {
      successes += answer.get() instanceof Result.Success ? 1 : 0;
    }

    assertThat(successes).isEqualTo(2);
    assertThat(named("CN=crowd")).hasSize(2);
    // Neither is a use lost by it.
    assertThat(
            chancery
                .services()
                .credentials()
                .find(credential.credential().id())
                .orElseThrow()
                .usesLeft())
        .isEqualTo(18);
    Wire.Answer est = est(KeyPairs.generate(KeyType.P_256), "two", "CN=crowd");
    assertThat(est.status()).isEqualTo(403);
    assertThat(est.text()).contains("too-many-certificates");

    revoke(named("CN=crowd").getFirst(), "superseded");
    assertThat(est(KeyPairs.generate(KeyType.P_256), "two", "CN=crowd").status()).isEqualTo(200);
    assertThat(est(KeyPairs.generate(KeyType.P_256), "two", "CN=crowd").status()).isEqualTo(403);
    chancery.clock().advance(Duration.ofDays(91));
    assertThat(est(KeyPairs.generate(KeyType.P_256), "two", "CN=crowd").status()).isEqualTo(200);
  }

  @Test
  @Requirement("SCEP-208")
  void whoRenewsAtTheLimitIsNotHinderedAndWhoRenewsTwiceIs() {
    Device device = Device.of(KeyType.RSA_2048, "CN=renews");
    Credentials.Created credential = chancery.credential("two", 2, "CN=renews");
    Certificate one = MdmDevice.opened(ask(device, credential, "CN=renews"), device.signer());
    Device other = Device.of(KeyType.RSA_2048, "CN=renews");
    assertThat(ask(other, credential, "CN=renews")).isInstanceOf(Result.Success.class);

    Certificate successor =
        CertsOnly.parse(((Result.Success) renewal(device, one)).open().open(device.with(one)))
            .getFirst();
    Result branch = renewal(device, one);

    assertThat(successor.subject().toString()).isEqualTo("CN=renews");
    assertRefused(branch, "too-many-certificates");
  }

  private Result renewal(Device device, Certificate old) {
    return RawMessage.of(
            chancery,
            "/scep/two",
            "17",
            device.with(old),
            csr(KeyPairs.generate(KeyType.RSA_2048), "", old.subject().toString())
                .der()
                .toByteArray())
        .answer(chancery, "/scep/two")
        .result();
  }

  private Credentials.Created bound(Binding binding) {
    return chancery
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Within(
                    new NameSpace(
                        List.of("CN=*", "CN=*,serialNumber=*"), List.of("uri:*", "dns:*.example"))),
                "device",
                List.of(),
                20,
                Duration.ofHours(1),
                Optional.empty(),
                binding),
            "test");
  }

  @Test
  @Requirement({"SCEP-163", "SCEP-202"})
  void aCredentialForADeviceIsWorthNothingForAnother() {
    Credentials.Created credential =
        bound(new Binding(List.of("C02X-7", "urn:uuid:77"), List.of()));

    assertRefused(
        ask(Device.of(KeyType.P_256, "CN=x"), credential, "CN=admin"), "credential-not-for-device");
    assertRefused(
        ask(Device.of(KeyType.P_256, "CN=x"), credential, "CN=C02X-70"),
        "credential-not-for-device");
    Wire.Answer est = chancery.enroll(credential, Installation.request("CN=admin"));
    assertThat(est.status()).isEqualTo(403);
    assertThat(est.text()).contains("credential-not-for-device");
    assertThat(
            chancery
                .enroll(credential, Installation.request("CN=laptop,serialNumber=c02x-7"))
                .status())
        .isEqualTo(200);
    assertThat(
            chancery.enroll(credential, Installation.request("CN=any", "uri:urn:uuid:77")).status())
        .isEqualTo(200);
    assertThat(ask(Device.of(KeyType.P_256, "CN=x"), credential, "CN=C02X-7"))
        .isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement("SCEP-163")
  void aCredentialForANetworkIsWorthNothingElsewhere() {
    Credentials.Created elsewhere =
        bound(new Binding(List.of(), List.of(new Network("10.0.0.0/8"), new Network("::1"))));
    Credentials.Created here = bound(new Binding(List.of(), List.of(new Network("127.0.0.0/8"))));

    assertRefused(
        ask(Device.of(KeyType.P_256, "CN=far"), elsewhere, "CN=far"), "credential-not-for-network");
    Wire.Answer est = chancery.enroll(elsewhere, Installation.request("CN=far"));
    assertThat(est.status()).isEqualTo(403);
    assertThat(est.text()).contains("credential-not-for-network").contains("127.0.0.1");
    assertThat(ask(Device.of(KeyType.P_256, "CN=near"), here, "CN=near"))
        .isInstanceOf(Result.Success.class);
    assertThat(chancery.enroll(here, Installation.request("CN=near-too")).status()).isEqualTo(200);
  }

  @Test
  @Requirement("SCEP-208")
  void afterTooManyWrongChallengesNoneIsLookedAtAnyMore() {
    Device device = Device.of(KeyType.P_256, "CN=guesser");
    for (int i = 0; i < 60; i++) {
      assertThat(
              RawMessage.pkcsReq(
                      chancery, PATH, device, csr(device.keyPair(), "x:" + i, "CN=guesser"))
                  .answer(chancery, PATH)
                  .result())
          .isInstanceOf(Result.Failure.class);
    }
    RawMessage unreadable =
        RawMessage.pkcsReq(chancery, PATH, device, csr(device.keyPair(), "", "CN=guesser"));
    unreadable.content = new byte[] {1, 2, 3};

    var refused = unreadable.post(chancery, PATH);

    // That nobody tried to open it shows in the answer.
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "rate-limited");
    chancery.clock().advance(Duration.ofMinutes(2));
    assertThat(unreadable.post(chancery, PATH).statusCode()).isEqualTo(200);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "malformed");
  }
}
