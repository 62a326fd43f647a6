package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.scep.StandIn.Said;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.responder.ChallengeStrength;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.FailInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A webhook of the operator's decides. The real HTTP code asks a real HTTPS server.
class WebhookTest {
  private static final String PATH = "/scep/phones";

  @TempDir private Path folder = Path.of("");
  private final SettableClock clock = new SettableClock();
  private WebhookStandIn webhook = new WebhookStandIn(clock);
  private Installation chancery;

  @BeforeEach
  void start() {
    chancery = start("");
  }

  private Installation start(String more) {
    write("webhook.secret", WebhookStandIn.SECRET);
    return Installation.start(
        folder,
        """
        profiles:
          phone: {key-usage: [digitalSignature, keyEncipherment], extended-key-usage: []}
        scep:
          endpoints:
            - label: phones
              client: strongswan
              profile: phone
              decision:
                subjects: ["CN=phone-*,O=ACME"]
                alternatives: ["dns:*.phones.example"]
                webhook: {url: "%1$s", notify-url: "%2$s", secret-file: webhook.secret, anchors: "%3$s", timeout: 3s%4$s}
            - label: ec
              profile: phone
              ec-reply: password
              decision:
                subjects: ["CN=phone-*,O=ACME"]
                webhook: {url: "%1$s", secret-file: webhook.secret, anchors: "%3$s"}
        """
            .formatted(
                webhook.url("/decide"), webhook.url("/outcome"), webhook.anchor(folder), more),
        clock);
  }

  private void restart(String more) {
    chancery.close();
    chancery = start(more);
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
    webhook.close();
  }

  private MdmDevice device(String subject) {
    return MdmDevice.of(chancery, PATH, subject);
  }

  @Test
  @Requirement({"SCEP-161", "SCEP-170", "SCEP-172"})
  void aDeviceEnrolsWhenTheWebhookAllowsIt() {
    MdmDevice device = device("CN=phone-1,O=ACME");

    Certificate certificate = device.enrolled("from-the-mdm", "dns:a.phones.example");

    assertThat(certificate.names()).hasToString("CN=phone-1,O=ACME [dns:a.phones.example]");
    JsonNode question = webhook.questions().getFirst();
    assertThat(question.path("endpoint").asText()).isEqualTo("scep/phones");
    assertThat(question.path("operation").asText()).isEqualTo("initial");
    assertThat(question.path("challenge").asText()).isEqualTo("from-the-mdm");
    assertThat(question.path("subject").asText()).isEqualTo("CN=phone-1,O=ACME");
    assertThat(question.path("alternatives").get(0).asText()).isEqualTo("dns:a.phones.example");
    assertThat(question.path("certificationRequest").asText()).isNotEmpty();
    AuditEntry issued = audit(Action.CERTIFICATE_ISSUED);
    assertThat(issued.event().actor()).isEqualTo("webhook:scep/phones");
    assertThat(issued.event().details())
        .containsEntry("authoriser", "webhook")
        .containsEntry("authoriser-reference", "ticket-7");
    MdmDevice.until("the outcome", () -> !webhook.outcomes().isEmpty());
    JsonNode outcome = webhook.outcomes().getFirst();
    assertThat(outcome.path("event").asText()).isEqualTo("issued");
    assertThat(Base64.getDecoder().decode(outcome.path("certificate").asText()))
        .isEqualTo(certificate.der().toByteArray());
    assertThat(outcome.path("transactionId")).isEqualTo(question.path("transactionId"));
    MdmDevice.until("the delivery", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);
    assertThat(audits()).doesNotContain("from-the-mdm").doesNotContain(WebhookStandIn.SECRET);
  }

  /// The tables of docs/scep.md, field by field.
  @Test
  @Requirement("SCEP-170")
  void theDocumentationNamesEveryFieldOfTheMessages() throws IOException {
    MdmDevice device = device("CN=phone-1,O=ACME");
    Certificate first = device.enrolled("x");
    device.renew(device.holder(first));
    webhook.decide("{\"allow\":true}");
    // Allowed outside, but not inside.
    device("CN=tablet-1,O=ACME").enroll("x");
    MdmDevice.until("three outcomes", () -> webhook.outcomes().size() == 3);

    String text = Files.readString(documentation());

    for (JsonNode message : all(webhook.questions(), webhook.outcomes())) {
      message
          .fieldNames()
          .forEachRemaining(name -> assertThat(text).contains("| `" + name + "` |"));
    }
    for (String name : List.of("allow", "reason", "reference")) {
      assertThat(text).contains("| `" + name + "` |");
    }
  }

  private static List<JsonNode> all(List<JsonNode> some, List<JsonNode> others) {
    return java.util.stream.Stream.concat(some.stream(), others.stream()).toList();
  }

  private static Path documentation() {
    return Path.of("..", "docs", "scep.md");
  }

  @Test
  @Requirement({"SCEP-170", "SCEP-171", "SCEP-185"})
  void aRefusalOutsideIsARefusalAndItsReasonIsTheOperatorsAlone() {
    webhook.decide("{\"allow\":false,\"reason\":\"phone-1 was stolen\"}");

    var failure = MdmDevice.failure(device("CN=phone-1,O=ACME").enroll("secret-challenge"));

    assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(failure.text()).doesNotContain("stolen");
    assertThat(chancery.issued()).isEmpty();
    AuditEntry refused = audit(Action.REQUEST_REFUSED);
    assertThat(refused.event().details())
        .containsEntry("code", "authoriser-denied")
        .containsEntry("authoriser-code", "denied")
        .containsEntry("requested-names", "CN=phone-1,O=ACME");
    assertThat(refused.event().details().get("reason")).contains("phone-1 was stolen");
    assertThat(audits()).doesNotContain("secret-challenge");
    assertThat(webhook.outcomes()).isEmpty();
  }

  @Test
  @Requirement("SCEP-171")
  void whatIsNoClearYesIsANo() {
    List<String> answers =
        List.of(
            "{}",
            "{\"allow\":\"true\"}",
            "{\"allow\":1}",
            "{\"allow\":true,\"admin\":true}",
            "{\"allow\":true,\"allow\":true}",
            "{\"allow\":true} {}",
            "{\"allow\":true,\"reference\":7}",
            "[true]",
            "true",
            "allow",
            "");
    for (int i = 0; i < answers.size(); i++) {
      String answer = answers.get(i);
      webhook.decide(answer);

      var reply = device("CN=phone-" + i + ",O=ACME").post("x");

      assertThat(reply.statusCode()).as(answer).isEqualTo(503);
      assertThat(reply.headers().firstValue("Retry-After")).as(answer).isPresent();
      assertThat(chancery.issued()).as(answer).isEmpty();
      assertThat(audited(Action.REQUEST_REFUSED)).as(answer).isEqualTo(i + 1);
      assertThat(audit(Action.REQUEST_REFUSED).event().details())
          .as(answer)
          .containsEntry("code", "authoriser-unavailable")
          .containsEntry("authoriser-code", "malformed");
      assertThat(webhook.questions()).as(answer).hasSize(i + 1);
    }
  }

  @Test
  @Requirement({"SCEP-171", "SCEP-173"})
  void anyOtherStatusIsANoAndARedirectIsNotFollowed() {
    List<Integer> statuses = List.of(201, 302, 307, 401, 404, 500, 503);
    for (int i = 0; i < statuses.size(); i++) {
      int status = statuses.get(i);
      webhook.decide(Said.of(status, "{\"allow\":true}", "Location: " + webhook.url("/elsewhere")));

      assertThat(device("CN=phone-" + i + ",O=ACME").post("x").statusCode())
          .as("after %s", status)
          .isEqualTo(503);

      assertThat(chancery.issued()).as("after %s", status).isEmpty();
      assertThat(webhook.asked())
          .as("after %s", status)
          .hasSize(i + 1)
          .extracting(StandIn.Asked::path)
          .containsOnly("/decide");
      assertThat(audited(Action.REQUEST_REFUSED)).isEqualTo(i + 1);
      assertThat(authoriserCode()).isEqualTo("http-" + status);
    }
  }

  private String authoriserCode() {
    return audit(Action.REQUEST_REFUSED).event().details().getOrDefault("authoriser-code", "none");
  }

  @Test
  @Requirement("SCEP-173")
  void anEndlessAnswerIsNoAnswer() {
    webhook.decide("{\"allow\":true,\"reason\":\"" + "x".repeat(10 * 1024 * 1024) + "\"}");

    assertThat(device("CN=phone-1,O=ACME").post("x").statusCode()).isEqualTo(503);

    assertThat(authoriserCode()).isEqualTo("too-large");
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  @Requirement("SCEP-171")
  void aWebhookThatStallsCostsNoMoreThanItsTimeout() {
    webhook.stall();
    Instant before = Instant.now();

    assertThat(device("CN=phone-1,O=ACME").post("x").statusCode()).isEqualTo(503);

    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(20));
    assertThat(authoriserCode()).isEqualTo("timeout");
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  @Requirement({"SCEP-170", "SCEP-171"})
  void aWebhookThatIsNotThereOrAnotherOneIsNotBelieved() {
    restart(", pin-sha256: \"" + "0".repeat(64) + "\"");
    assertThat(device("CN=phone-1,O=ACME").post("x").statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("tls");
    assertThat(webhook.questions()).isEmpty();

    restart(", pin-sha256: \"" + webhook.pin() + "\"");
    assertThat(device("CN=phone-1,O=ACME").enrolled("x")).isNotNull();

    webhook.close();
    assertThat(device("CN=phone-2,O=ACME").post("x").statusCode()).isEqualTo(503);
    assertThat(authoriserCode()).isEqualTo("unreachable");
  }

  @Test
  @Requirement("SCEP-170")
  void theWebhookSeesTheClientCertificateAndRefusesMessagesWithAnotherSecret() {
    KeyPair pair = KeyPairs.generate(KeyType.P_256);
    Certificate client =
        SelfSigned.of(
            DistinguishedName.parse("CN=chancery"),
            pair,
            Instant.now().minusSeconds(60),
            Instant.now().plusSeconds(86_400));
    write("client.key", KeyPairs.toPem(pair.getPrivate()));
    write("client.pem", client.toPem());
    restart(", client-key: client.key, client-certificate: client.pem");

    assertThat(device("CN=phone-1,O=ACME").enrolled("x")).isNotNull();
    assertThat(webhook.asked("/decide").getFirst().client().orElseThrow())
        .isEqualTo(client.toX509());
    assertThat(
            WebhookStandIn.isSigned(
                webhook.asked("/decide").getFirst(), "another-secret", clock.instant()))
        .isFalse();
    assertThat(
            WebhookStandIn.isSigned(
                webhook.asked("/decide").getFirst(),
                WebhookStandIn.SECRET,
                clock.instant().plus(Duration.ofMinutes(6))))
        .isFalse();
  }

  /// Whoever overhears a reply that is encrypted by a password can try guesses at leisure.
  @Test
  @Requirement({"SCEP-143", "SCEP-147"})
  void noReplyIsEncryptedByAChallengeThatCouldBeGuessed() {
    String strong = ChallengeStrength.fresh();
    RawMessage.Device ec = RawMessage.Device.of(KeyType.P_256, "CN=phone-1,O=ACME");
    MdmDevice either = new MdmDevice(chancery, PATH, ec, "CN=phone-1,O=ACME");
    MdmDevice onlyByPassword = new MdmDevice(chancery, "/scep/ec", ec, "CN=phone-1,O=ACME");

    assertThat(opensByPassword(either.enroll("tuesday"))).isFalse();
    assertThat(opensByPassword(either.enroll(strong))).isTrue();
    assertThat(opensByPassword(onlyByPassword.enroll(strong))).isTrue();
    int issued = chancery.issued().size();
    assertThat(MdmDevice.failure(onlyByPassword.enroll("tuesday")).failInfo())
        .isEqualTo(FailInfo.BAD_ALG);
    assertThat(chancery.issued()).hasSize(issued);
  }

  private static boolean opensByPassword(CertRep.Result result) {
    return ((CertRep.Result.Success) result).open().opensByPassword();
  }

  @Test
  @Requirement({"SCEP-161", "SCEP-163", "SCEP-172", "SCEP-200"})
  void whatIsAllowedOutsideMustStillFitInside() {
    for (String subject : List.of("CN=ceo,O=ACME", "CN=phone-1,O=ACME,OU=admins", "CN=phone-1")) {
      var failure = MdmDevice.failure(device(subject).enroll("x"));
      assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    }
    assertThat(MdmDevice.failure(device("CN=phone-1,O=ACME").enroll("x", "dns:www.example")))
        .isNotNull();

    assertThat(chancery.issued()).isEmpty();
    MdmDevice.until("the outcomes", () -> webhook.outcomes().size() == 4);
    assertThat(webhook.outcomes())
        .allSatisfy(outcome -> {
          assertThat(outcome.path("event").asText()).isEqualTo("refused");
          assertThat(outcome.path("code").asText()).isEqualTo("name-not-entitled");
        });
  }

  @Test
  @Requirement({"SCEP-091", "SCEP-161", "SCEP-185"})
  void nobodyIsAskedAboutARequestWithoutChallengeAndCredentialsAreNoChallengesHere() {
    var credential = chancery.credential("CN=phone-1,O=ACME");

    assertThat(MdmDevice.failure(device("CN=phone-1,O=ACME").enroll("")).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(webhook.questions()).isEmpty();

    webhook.decide("{\"allow\":false}");
    MdmDevice.failure(device("CN=phone-1,O=ACME").enroll(RawMessage.challenge(credential)));
    assertThat(webhook.questions()).hasSize(1);
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  @Requirement({"SCEP-092", "SCEP-185"})
  void aRenewalIsAskedAboutTooAndNeedsNoChallenge() {
    MdmDevice device = device("CN=phone-1,O=ACME");
    Certificate first = device.enrolled("x");

    Certificate second = MdmDevice.opened(device.renew(device.holder(first)), device.holder(first));

    JsonNode question = webhook.questions().getLast();
    assertThat(second.names()).isEqualTo(first.names());
    assertThat(question.path("operation").asText()).isEqualTo("renewal");
    assertThat(question.has("challenge")).isFalse();
    assertThat(Base64.getDecoder().decode(question.path("certificate").asText()))
        .isEqualTo(first.der().toByteArray());

    webhook.decide("{\"allow\":false,\"reason\":\"retired\"}");
    assertThat(MdmDevice.failure(device.renew(device.holder(second))).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement("SCEP-172")
  void anOutcomeThatNobodyTakesIsKeptAcrossRestartsAndToldAtGrowingIntervals() {
    webhook.receive(Said.of(500, ""));
    Certificate certificate = device("CN=phone-1,O=ACME").enrolled("x");
    MdmDevice.until("the first failure", () -> audited(Action.NOTIFICATION_POSTPONED) == 1);
    assertThat(webhook.outcomes()).hasSize(1);

    // Nothing is due yet.
    restart("");
    clock.advance(Duration.ofSeconds(31));
    restart("");
    MdmDevice.until("the second failure", () -> audited(Action.NOTIFICATION_POSTPONED) == 2);
    assertThat(audit(Action.NOTIFICATION_POSTPONED).event().details())
        .containsEntry("code", "http-500")
        .containsEntry("attempt", "2");

    webhook.receive(Said.of(204, ""));
    clock.advance(Duration.ofSeconds(61));
    restart("");
    MdmDevice.until("the delivery", () -> audited(Action.NOTIFICATION_DELIVERED) == 1);

    assertThat(webhook.outcomes()).hasSize(3);
    assertThat(webhook.outcomes().getLast().path("serial").asText())
        .isEqualTo(certificate.serialNumber().toString());
    assertThat(
            chancery
                .services()
                .ledger()
                .notificationsDue(clock.instant().plus(Duration.ofDays(10)), 1))
        .isEmpty();
  }

  @Test
  @Requirement("SCEP-172")
  void anOutcomeIsGivenUpAfterAWeekOrWhenItIsRefusedForGood() {
    webhook.receive(Said.of(500, ""));
    device("CN=phone-1,O=ACME").enrolled("x");
    MdmDevice.until("the failure", () -> audited(Action.NOTIFICATION_POSTPONED) == 1);
    clock.advance(Duration.ofDays(8));
    restart("");
    MdmDevice.until("the end", () -> audited(Action.NOTIFICATION_ABANDONED) == 1);

    webhook.receive(Said.of(410, ""));
    device("CN=phone-2,O=ACME").enrolled("x");
    MdmDevice.until("the other end", () -> audited(Action.NOTIFICATION_ABANDONED) == 2);
  }

  @Test
  @Requirement({"SCEP-171", "SCEP-211"})
  void nobodyIsAskedAboutBytesThatWereOverheard() {
    byte[] message = device("CN=phone-1,O=ACME").message("x").encode();
    assertThat(RawMessage.post(chancery, PATH, message).statusCode()).isEqualTo(200);
    MdmDevice.until("the outcome", () -> webhook.outcomes().size() == 1);

    var replay = CertRep.parse(RawMessage.post(chancery, PATH, message).body());

    assertThat(MdmDevice.failure(replay.reply().result()).failInfo())
        .isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(audit(Action.REQUEST_REFUSED).event().details())
        .containsEntry("code", "message-replayed");
    assertThat(webhook.questions()).hasSize(1);
    assertThat(chancery.services().ledger().notificationsDue(clock.instant(), 1)).isEmpty();
    assertThat(webhook.outcomes()).hasSize(1);
  }

  /// A program that others wrote, with a challenge that only the webhook knows.
  @Test
  @Requirement("SCEP-170")
  void strongSwanEnrolsWhenTheWebhookAllowsIt() throws IOException {
    Program.need("pki");
    List<Certificate> bundle = RawMessage.caCertificates(chancery, PATH);
    KeyPair pair = KeyPairs.generate(KeyType.RSA_2048);
    String ra = write("ra.pem", bundle.get(0).toPem()).toString();
    String ca = write("ca.pem", bundle.get(1).toPem()).toString();
    String root = write("root.pem", bundle.get(2).toPem()).toString();
    String key = write("swan.key", KeyPairs.toPem(pair.getPrivate())).toString();

    Program.Result result =
        Program.run(
                folder,
                new byte[0],
                List.of(
                    "pki",
                    "--scep",
                    "--url",
                    RawMessage.uri(chancery, PATH).toString(),
                    "--in",
                    key,
                    "--dn",
                    "O=ACME, CN=phone-swan",
                    "--password",
                    "from-the-mdm",
                    "--cacert-enc",
                    ra,
                    "--cacert-sig",
                    ra,
                    "--cacert",
                    ca,
                    "--cacert",
                    root,
                    "--outform",
                    "pem"))
            .succeeded();

    assertThat(Certificate.parsePem(result.text()).getFirst().subject())
        .hasToString("CN=phone-swan,O=ACME");
    assertThat(webhook.questions().getFirst().path("challenge").asText()).isEqualTo("from-the-mdm");
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
