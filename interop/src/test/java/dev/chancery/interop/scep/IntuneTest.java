package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.scep.StandIn.Said;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.FailInfo;
import dev.chancery.scep.wire.TransactionId;
import dev.chancery.server.admin.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Microsoft Intune decides. The real HTTP code speaks to a stand-in that behaves as documented.
class IntuneTest {
  private static final String PATH = "/scep/intune";
  private static final String SUBJECT = "CN=laptop-1,O=ACME";
  private static final String STRICT =
      "client-secret-file: app.secret, success-notification: before-reply";

  @TempDir private Path folder = Path.of("");
  private final SettableClock clock = new SettableClock();
  private final IntuneStandIn intune = new IntuneStandIn();
  private Installation chancery;

  @BeforeEach
  void start() {
    write("app.secret", IntuneStandIn.SECRET);
    chancery = start("client-secret-file: app.secret");
  }

  private Installation start(String proof) {
    return Installation.start(
        folder,
        """
        scep:
          endpoints:
            - label: intune
              client: windows
              decision: {subjects: ["CN=laptop-*,O=ACME"], intune: %s}
        """
            .formatted(intune.settings(intune.anchor(folder), proof)),
        clock);
  }

  private void restart(String proof) {
    chancery.close();
    chancery = start(proof);
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    chancery.close();
    intune.close();
  }

  private MdmDevice laptop() {
    return MdmDevice.of(chancery, PATH, SUBJECT);
  }

  @Test
  @Requirement({"SCEP-160", "SCEP-161", "SCEP-180", "SCEP-181", "SCEP-182", "SCEP-183", "SCEP-184"})
  void aDeviceEnrolsWhenIntuneAllowsItAndIntuneHearsOfTheCertificate() {
    String challenge = intune.challenge("laptop-1");
    assertThat(challenge.length()).isGreaterThan(4000);
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    ScepClient client =
        new ScepClient(
            RawMessage.uri(chancery, PATH),
            AcceptedAlgorithms.MODERN,
            Duration.ofSeconds(30),
            clock);
    TransactionId transaction = TransactionId.fresh();
    CertificationRequest csr = RawMessage.csr(pair, challenge, SUBJECT);

    Certificate certificate =
        ((Enrollment.Issued)
                client.enroll(
                    client.authorities(new Trust.Fingerprint(chancery.server().root().sha256Hex())),
                    client.selfSigned(DistinguishedName.parse(SUBJECT), pair),
                    transaction,
                    csr))
            .certificate();

    assertThat(certificate.names()).hasToString(SUBJECT);
    JsonNode validated =
        Json.parse(intune.asked("/validateRequest").getFirst().body()).path("request");
    assertThat(validated.path("transactionId").asText()).isEqualTo(transaction.value());
    assertThat(validated.path("callerInfo").asText()).isEqualTo("Chancery-test");
    assertThat(Base64.getDecoder().decode(validated.path("certificateRequest").asText()))
        .isEqualTo(csr.der().toByteArray());
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    JsonNode word = intune.notification("/successNotification").orElseThrow();
    assertThat(word.path("transactionId").asText()).isEqualTo(transaction.value());
    assertThat(word.path("certificateThumbprint").asText()).isEqualTo(sha1(certificate));
    assertThat(word.path("certificateSerialNumber").asText())
        .isEqualToIgnoringCase(certificate.serialNumber().toString());
    assertThat(IntuneStandIn.expiry(word)).isEqualTo(certificate.notAfter());
    AuditEntry issued = audit(Action.CERTIFICATE_ISSUED);
    assertThat(issued.event().actor()).isEqualTo("intune:scep/intune");
    assertThat(issued.event().details().get("authoriser-reference"))
        .isEqualTo(intune.asked("/validateRequest").getFirst().header("client-request-id"));
    assertThat(audits())
        .doesNotContain(challenge)
        .doesNotContain(IntuneStandIn.SECRET)
        .doesNotContain("graph-1")
        .doesNotContain("intune-2");
  }

  private static String sha1(Certificate certificate) {
    try {
      return HexFormat.of()
          .withUpperCase()
          .formatHex(MessageDigest.getInstance("SHA-1").digest(certificate.der().toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<String> refusals() {
    return Stream.concat(
        IntuneStandIn.REFUSALS.stream(), Stream.of("SomethingNew", "success", "SUCCESS"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  @Requirement({"SCEP-183", "SCEP-185"})
  void everyOtherWordThanSuccessIsARefusal(String code) {
    intune.sayCode("/validateRequest", code);

    var failure = MdmDevice.failure(laptop().enroll(intune.challenge("laptop-1")));

    assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(chancery.issued()).isEmpty();
    assertThat(audit(Action.REQUEST_REFUSED).event().details())
        .containsEntry("code", "authoriser-denied")
        .containsEntry("authoriser-code", code)
        .containsEntry("requested-names", SUBJECT);
    assertThat(intune.asked("Notification")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | {}                   | no-code",
        "200 | {\"code\":null}      | no-code",
        "200 | {\"code\":{}}        | no-code"
      })
  @Requirement("SCEP-183")
  void status200WithoutTheWordSuccessIsARefusal(int status, String body, String code) {
    intune.say("/validateRequest", Said.of(status, body));

    MdmDevice.failure(laptop().enroll(intune.challenge("laptop-1")));

    assertThat(chancery.issued()).isEmpty();
    assertThat(authoriserCode()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/validateRequest    | 500 | ''         | intune-http-500",
        "/validateRequest    | 403 | ''         | intune-http-403",
        "/validateRequest    | 302 | ''         | intune-http-302",
        "/validateRequest    | 200 | <html>     | intune-malformed",
        "/endpoints          | 403 | ''         | discovery-http-403",
        "/endpoints          | 500 | ''         | discovery-http-500",
        "/endpoints          | 200 | {}         | discovery-malformed",
        "/endpoints          | 200 | nothing    | discovery-malformed",
        "/oauth2/v2.0/token  | 500 | ''         | token-http-500",
        "/oauth2/v2.0/token  | 200 | {}         | token-malformed",
      })
  @Requirement({"SCEP-180", "SCEP-181", "SCEP-184"})
  void aFaultAtAnyStepIssuesNothing(String path, int status, String body, String code) {
    intune.say(path, Said.of(status, body));

    assertThat(laptop().post(intune.challenge("laptop-1")).statusCode()).isEqualTo(503);

    assertThat(chancery.issued()).isEmpty();
    assertThat(audit(Action.REQUEST_REFUSED).event().details())
        .containsEntry("code", "authoriser-unavailable");
    assertThat(authoriserCode()).isEqualTo(code);

    intune.behave();
    assertThat(laptop().enrolled(intune.challenge("laptop-1"))).isNotNull();
  }

  @Test
  @Requirement("SCEP-180")
  void eachTokenIsForItsOwnServiceKeptAndRenewedBeforeItEnds() {
    laptop().enrolled(intune.challenge("a"));
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    laptop().enrolled(intune.challenge("b"));
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 2);

    assertThat(intune.asked("/token")).hasSize(2);
    assertThat(intune.asked("/endpoints")).hasSize(1);
    assertThat(intune.asked("/endpoints").getFirst().header("Authorization")).contains("graph-");
    assertThat(intune.asked("/validateRequest"))
        .allSatisfy(one -> assertThat(one.header("Authorization")).contains("intune-"));

    clock.advance(Duration.ofMinutes(56));
    laptop().enrolled(intune.challenge("c"));

    assertThat(intune.asked("/token")).hasSize(3);
  }

  @Test
  @Requirement("SCEP-180")
  void aTokenThatIsNotTakenIsFetchedAnewOnceAndNoMore() {
    laptop().enrolled(intune.challenge("a"));
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    intune.revokeTokens();
    laptop().enrolled(intune.challenge("b"));

    assertThat(intune.asked("/token")).hasSize(3);

    intune.forget();
    intune.say("/validateRequest", Said.of(401, ""));
    assertThat(laptop().post(intune.challenge("c")).statusCode()).isEqualTo(503);

    assertThat(intune.asked("/validateRequest")).hasSize(2);
    assertThat(authoriserCode()).isEqualTo("intune-http-401");
  }

  @Test
  @Requirement("SCEP-181")
  void aServiceThatHasMovedIsFoundAgainAndOneThatIsNotListedIsNone() {
    intune.move("https://localhost:1/gone");
    assertThat(laptop().post(intune.challenge("a")).statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("unreachable");

    intune.behave();
    intune.rename("scepREQUESTvalidationFEservice");
    assertThat(laptop().enrolled(intune.challenge("b"))).isNotNull();

    restart("client-secret-file: app.secret");
    intune.rename("AnotherService");
    assertThat(laptop().post(intune.challenge("c")).statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("service-missing");

    intune.rename("ScepRequestValidationFEService");
    intune.move("http://localhost:" + intune.port() + "/clear");
    assertThat(laptop().post(intune.challenge("d")).statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("discovery-malformed");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  @Requirement("SCEP-184")
  void aPauseThatIntuneAsksForIsKept(int status) {
    intune.say("/validateRequest", Said.of(status, "", "Retry-After: 120"));
    assertThat(laptop().post(intune.challenge("a")).statusCode()).isEqualTo(503);

    intune.behave();
    intune.forget();
    assertThat(laptop().post(intune.challenge("b")).statusCode()).isEqualTo(503);
    assertThat(intune.asked()).isEmpty();
    assertThat(authoriserCode()).isEqualTo("paused");

    clock.advance(Duration.ofSeconds(121));
    assertThat(laptop().enrolled(intune.challenge("c"))).isNotNull();
  }

  @Test
  @Requirement("SCEP-184")
  void aPauseLongerThanTenMinutesIsNotBelieved() {
    intune.say("/validateRequest", Said.of(429, "", "Retry-After: 999999"));
    laptop().post(intune.challenge("a"));
    intune.behave();

    clock.advance(Duration.ofSeconds(601));

    assertThat(laptop().enrolled(intune.challenge("b"))).isNotNull();
  }

  @Test
  @Requirement("SCEP-184")
  void aRefusalOfOursAfterIntunesYesIsTold() {
    var failure =
        MdmDevice.failure(
            MdmDevice.of(chancery, PATH, "CN=server-1,O=ACME").enroll(intune.challenge("x")));

    assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    JsonNode word = intune.notification("/failureNotification").orElseThrow();
    assertThat(word.path("errorDescription").asText()).startsWith("name-not-entitled");
    assertThat(word.path("hResult").asInt()).isNegative();
    assertThat(intune.asked("/successNotification")).isEmpty();
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  @Requirement({"SCEP-172", "SCEP-184"})
  void theCertificateWaitsForNoNotificationAndTheNotificationForItsTime() {
    intune.say("/successNotification", Said.of(500, ""));

    Certificate certificate = laptop().enrolled(intune.challenge("a"));

    MdmDevice.until("the failure", () -> audited(Action.NOTIFICATION_POSTPONED) == 1);
    assertThat(audit(Action.NOTIFICATION_POSTPONED).event().details())
        .containsEntry("code", "intune-http-500")
        .containsEntry("serial", certificate.serialNumber().toString());
    intune.behave();
    clock.advance(Duration.ofMinutes(2));
    restart("client-secret-file: app.secret");
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    assertThat(intune.asked("/successNotification")).hasSize(2);
  }

  @Test
  @Requirement("SCEP-184")
  void aNotificationThatIntuneRefusesIsGivenUpAndSaid() {
    intune.sayCode("/successNotification", "CertificateRequestDecodingFailed");

    laptop().enrolled(intune.challenge("a"));

    MdmDevice.until("the end", () -> audited(Action.NOTIFICATION_ABANDONED) == 1);
    assertThat(audit(Action.NOTIFICATION_ABANDONED).event().details())
        .containsEntry("code", "CertificateRequestDecodingFailed");
  }

  @Test
  @Requirement({"SCEP-185", "SCEP-091"})
  void withoutAChallengeNothingIsIssuedNeitherAtFirstNorInARenewal() {
    MdmDevice laptop = laptop();
    assertThat(MdmDevice.failure(laptop.enroll("")).failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(intune.asked("/validateRequest")).isEmpty();
    Certificate first = laptop.enrolled(intune.challenge("a"));

    assertThat(MdmDevice.failure(laptop.renew(laptop.holder(first))).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);

    assertThat(intune.asked("/validateRequest")).hasSize(1);
    assertThat(authoriserCode()).isEqualTo("ChallengePasswordMissing");
    assertThat(chancery.issued()).hasSize(1);
  }

  @Test
  @Requirement({"SCEP-094", "SCEP-185"})
  void aRenewalWithANewChallengeIsValidatedAgainAndMayHaveNewNames() {
    MdmDevice laptop = laptop();
    Certificate first = laptop.enrolled(intune.challenge("a"));
    MessageKey holder = laptop.holder(first);
    RawMessage message =
        RawMessage.pkcsReq(
            chancery,
            PATH,
            laptop.device(),
            RawMessage.csr(
                laptop.device().keyPair(), intune.challenge("b"), "CN=laptop-renamed,O=ACME"));
    message.signer = holder;

    Certificate second = MdmDevice.opened(message.answer(chancery, PATH).result(), holder);

    assertThat(second.names()).hasToString("CN=laptop-renamed,O=ACME");
    assertThat(intune.asked("/validateRequest")).hasSize(2);
  }

  @Test
  @Requirement("SCEP-180")
  void theApplicationProvesItselfWithACertificate() {
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    Certificate certificate =
        SelfSigned.of(
            DistinguishedName.parse("CN=chancery"),
            pair,
            Instant.now().minusSeconds(60),
            Instant.now().plusSeconds(86_400));
    write("app.key", KeyPairs.toPem(pair.getPrivate()));
    write("app.pem", certificate.toPem());
    restart("client-key: app.key, client-certificate: app.pem");
    intune.register(certificate);

    assertThat(laptop().enrolled(intune.challenge("a"))).isNotNull();

    restart("client-secret-file: app.secret");
    assertThat(laptop().post(intune.challenge("b")).statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("AADSTS7000215");
  }

  /// The strict order: CSR, validation, issuance, success notification, reply.
  @Test
  @Requirement("SCEP-184")
  void inTheStrictOrderIntuneHasTakenTheNotificationBeforeTheReplyLeaves() {
    restart(STRICT);

    Certificate certificate = laptop().enrolled(intune.challenge("a"));

    // Nothing to wait for: it is there already.
    JsonNode word = intune.notification("/successNotification").orElseThrow();
    assertThat(word.path("certificateThumbprint").asText()).isEqualTo(sha1(certificate));
    assertThat(audited(Action.NOTIFICATION_DELIVERED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"500", "no", "unknown"})
  @Requirement("SCEP-184")
  void inTheStrictOrderACertificateOfWhichIntuneCannotBeToldIsRevokedAndNotDelivered(String how) {
    restart(STRICT);
    switch (how) {
      case "500" -> intune.say("/successNotification", Said.of(500, ""));
      case "no" -> intune.sayCode("/successNotification", "CertificateRequestDecodingFailed");
      default -> intune.sayCode("/successNotification", "success");
    }
    MdmDevice laptop = laptop();
    String challenge = intune.challenge("a");

    if (how.equals("500")) {
      assertThat(laptop.post(challenge).statusCode()).isEqualTo(503);
    } else {
      assertThat(MdmDevice.failure(laptop.enroll(challenge)).failInfo())
          .isEqualTo(FailInfo.BAD_REQUEST);
    }

    assertThat(chancery.issued())
        .singleElement()
        .satisfies(record -> assertThat(record.revocation()).isPresent());
    assertThat(audited(Action.CERTIFICATE_REVOKED)).isEqualTo(1);
    assertThat(audited(Action.NOTIFICATION_ABANDONED)).isEqualTo(1);
    assertThat(audit(Action.REQUEST_REFUSED).event().details()).containsKey("serial");
    // And when Intune is well again, the device gets another one.
    intune.behave();
    Certificate second = laptop.enrolled(challenge);
    assertThat(chancery.issued()).hasSize(2);
    assertThat(chancery.issued().getFirst().certificate()).isEqualTo(second);
    assertThat(chancery.issued().getFirst().revocation()).isEmpty();
  }

  /// A fault before the issuance: nothing is issued, so nothing is to be taken back.
  @Test
  @Requirement("SCEP-184")
  void inTheStrictOrderNothingIsIssuedWhenValidationFailsOrTheRequestIsRefusedHere() {
    restart(STRICT);
    intune.say("/validateRequest", Said.of(500, ""));
    assertThat(laptop().post(intune.challenge("a")).statusCode()).isEqualTo(503);
    intune.behave();

    MdmDevice other = MdmDevice.of(chancery, PATH, "CN=ceo,O=ACME");
    assertThat(MdmDevice.failure(other.enroll(intune.challenge("b"))).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);

    assertThat(chancery.issued()).isEmpty();
    MdmDevice.until("word", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    assertThat(intune.asked("/failureNotification")).hasSize(1);
    assertThat(intune.asked("/successNotification")).isEmpty();
  }

  @Test
  @Requirement("SCEP-186")
  void intuneRevokesItsCertificatesAndNoOthersAndHearsWhatBecameOfIt() {
    restart("client-secret-file: app.secret, revocation-interval: 10m");
    Certificate certificate = laptop().enrolled(intune.challenge("a"));
    Certificate foreign = chancery.device("CN=not-intunes").chain().getFirst();
    String issuer = certificate.issuer().toString();
    String serial = certificate.serialNumber().toString();
    intune.wantRevoked("one", serial.toUpperCase(Locale.ROOT), issuer);
    intune.wantRevoked("twice", serial, issuer);
    intune.wantRevoked("another's", foreign.serialNumber().toString(), issuer);
    intune.wantRevoked("no-serial", "zz", issuer);
    intune.wantRevoked("other-ca", serial, "CN=Another CA");

    chancery.server().renewIfDue();
    MdmDevice.until("the answers", () -> intune.stillWanted().equals(Set.of("other-ca")));

    assertThat(revocationOf(certificate)).contains("cessationOfOperation");
    assertThat(revocationOf(foreign)).isEmpty();
    assertThat(audited(Action.CERTIFICATE_REVOKED)).isEqualTo(1);
    assertThat(audit(Action.CERTIFICATE_REVOKED).event().actor()).isEqualTo("intune:scep/intune");
    Map<String, Integer> codes = answers();
    assertThat(List.of(codes.get("one"), codes.get("twice"))).containsExactlyInAnyOrder(0, 4005);
    assertThat(codes)
        .containsEntry("another's", 4004)
        .containsEntry("no-serial", 4002)
        .doesNotContainKey("other-ca");
    // The turn ends with the question that finds nothing more to do.
    MdmDevice.until("its end", () -> intune.asked("/downloadRevocationRequests").size() == 2);
    // Not before it is time again; then the duplicate changes nothing.
    intune.forget();
    intune.wantRevoked("again", serial, issuer);
    clock.advance(Duration.ofMinutes(5));
    chancery.server().renewIfDue();
    assertThat(intune.asked("/downloadRevocationRequests")).isEmpty();
    clock.advance(Duration.ofMinutes(6));
    MdmDevice.until(
        "the answer",
        () -> {
          chancery.server().renewIfDue();
          return !intune.stillWanted().contains("again");
        });
    assertThat(answers()).containsEntry("again", 4005);
    assertThat(audited(Action.CERTIFICATE_REVOKED)).isEqualTo(1);
  }

  /// Results that were not taken are no loss: Intune gives the requests out again.
  @Test
  @Requirement("SCEP-186")
  void revocationsSurviveAnIntuneThatFailsAndAreOffUnlessAskedFor() {
    Certificate certificate = laptop().enrolled(intune.challenge("a"));
    intune.wantRevoked(
        "one", certificate.serialNumber().toString(), certificate.issuer().toString());
    chancery.server().renewIfDue();
    restart("client-secret-file: app.secret, revocation-interval: 10m");
    assertThat(intune.asked("/downloadRevocationRequests")).isEmpty();
    intune.say("/uploadRevocationResults", Said.of(500, ""));

    chancery.server().renewIfDue();
    MdmDevice.until("the failure", () -> !intune.asked("/uploadRevocationResults").isEmpty());
    assertThat(revocationOf(certificate)).isPresent();
    assertThat(intune.stillWanted()).containsExactly("one");

    intune.behave();
    clock.advance(Duration.ofMinutes(11));
    MdmDevice.until(
        "the answer",
        () -> {
          chancery.server().renewIfDue();
          return intune.stillWanted().isEmpty();
        });
    assertThat(audited(Action.CERTIFICATE_REVOKED)).isEqualTo(1);
  }

  private Optional<String> revocationOf(Certificate certificate) {
    return chancery
        .services()
        .ledger()
        .certificate("issuing", certificate.serialNumber().toString())
        .flatMap(CertificateRecord::revocation)
        .map(CertificateRecord.Revocation::reason);
  }

  /// What Intune was told, by request.
  private Map<String, Integer> answers() {
    Map<String, Integer> codes = new HashMap<>();
    for (StandIn.Asked upload : intune.asked("/uploadRevocationResults")) {
      for (JsonNode result : Json.parse(upload.body()).path("results")) {
        codes.put(result.path("requestContext").asText(), result.path("errorCode").asInt());
      }
    }
    return codes;
  }

  @Test
  @Requirement({"SCEP-162", "SCEP-211"})
  void theSameRequestAgainGetsTheSameCertificateAndIntuneIsAskedAgain() {
    MdmDevice laptop = laptop();
    String challenge = intune.challenge("a");

    Certificate first = laptop.enrolled(challenge);
    Certificate second = laptop.enrolled(challenge);

    assertThat(second).isEqualTo(first);
    assertThat(intune.asked("/validateRequest")).hasSize(2);
    assertThat(List.copyOf(chancery.issued())).hasSize(1);
  }

  private String authoriserCode() {
    return audit(Action.REQUEST_REFUSED).event().details().getOrDefault("authoriser-code", "none");
  }

  private long audited(Action action) {
    return chancery.services().ledger().newestAuditEntries(1000).stream()
        .filter(entry -> entry.event().action() == action)
        .count();
  }

  private AuditEntry audit(Action action) {
    return chancery.services().ledger().newestAuditEntries(1000).stream()
        .filter(entry -> entry.event().action() == action)
        .findFirst()
        .orElseThrow();
  }

  private String audits() {
    return chancery.services().ledger().newestAuditEntries(1000).toString();
  }
}
