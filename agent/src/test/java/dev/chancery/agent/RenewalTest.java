package dev.chancery.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.agent.CertificateStatus.Phase;
import dev.chancery.agent.enrollment.Answer;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When the agent asks for a certificate, with what, and what it makes of the answers.
final class RenewalTest {
  @TempDir Path folder = Path.of("");

  private Machine machine = new Machine(Path.of("/tmp"));

  @BeforeEach
  void machine() {
    machine = new Machine(folder);
  }

  @Test
  void theFirstCertificateIsGotWithTheCredential() {
    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate().names()).isEqualTo(TestEnroller.ENTITLED);
    assertThat(machine.anchorsFound()).containsExactly(machine.ca().certificate());
    assertThat(machine.server().asked()).hasSize(1);
    assertThat(machine.server().asked().getFirst().proof()).isEqualTo("shop-floor:s3cret");
  }

  @Test
  void whatIsDoneIsNotDoneAgain() {
    machine.once();
    machine.clock().advance(Duration.ofDays(50));

    machine.once();

    assertThat(machine.server().asked()).hasSize(1);
  }

  @Test
  void theLastThirdOfTheLifetimeIsForTheRenewal() {
    machine.once();
    Certificate first = machine.certificate();
    machine.clock().advance(Duration.ofDays(60).plusSeconds(1));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isNotEqualTo(first);
    assertThat(machine.certificate().names()).isEqualTo(first.names());
    assertThat(machine.server().asked().getLast().operation()).isEqualTo("renew");
    assertThat(machine.server().asked().getLast().proof())
        .isEqualTo(first.serialNumber().toString());
  }

  @Test
  void jitterOnlyMakesARenewalEarlierAndSurvivesARestart() {
    var first = machine.once();
    var second = machine.once();
    Instant latest = machine.clock().instant().plus(Duration.ofDays(60));

    assertThat(first.next()).isBetween(latest.minus(Duration.ofHours(108)), latest);
    assertThat(first.next()).isNotEqualTo(latest);
    assertThat(second.next()).isEqualTo(first.next());
  }

  @Test
  void otherSettingsForTheRenewalHoldAtOnce() {
    machine.once();
    machine.clock().advance(Duration.ofDays(50));

    machine.with("renew: {before: 1/2, jitter: 0}").once();

    assertThat(machine.server().asked()).hasSize(2);
  }

  @Test
  void aRenewalMakesAFreshKey() {
    machine.once();
    Certificate first = machine.certificate();
    machine.clock().advance(Duration.ofDays(61));

    machine.once();

    assertThat(machine.certificate().subjectPublicKeyInfo())
        .isNotEqualTo(first.subjectPublicKeyInfo());
  }

  @Test
  void aRenewalKeepsTheKeyIfItIsTold() {
    machine.with("key: {renewal: keep}").once();
    Certificate first = machine.certificate();
    machine.clock().advance(Duration.ofDays(61));

    machine.once();

    assertThat(machine.certificate()).isNotEqualTo(first);
    assertThat(machine.certificate().subjectPublicKeyInfo())
        .isEqualTo(first.subjectPublicKeyInfo());
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"P_256", "P_384", "RSA_2048", "ED25519", "ML_DSA_65"})
  void everyKindOfKeyWorks(KeyType type) {
    machine.with("key: {type: " + type.id() + "}").once();

    assertThat(machine.certificate().subjectPublicKeyInfo().type()).contains(type);
  }

  @Test
  void namesThatChangeInTheConfigurationAreAskedForWithTheCredential() {
    machine.once();

    machine.with("subject: CN=web\nalternatives: ['dns:new.example']").once();

    assertThat(machine.server().asked().getLast().operation()).isEqualTo("enroll");
    assertThat(machine.certificate().names())
        .isEqualTo(SubjectNames.parse("CN=web", List.of("dns:new.example")));
  }

  @Test
  void aRefusedRenewalFallsBackToTheCredential() {
    machine.once();
    Certificate first = machine.certificate();
    machine.server().refuseRenewals();
    machine.clock().advance(Duration.ofDays(61));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isNotEqualTo(first);
    assertThat(machine.server().asked().getLast().operation()).isEqualTo("enroll");
  }

  @Test
  void aRequestThatSomebodyDecidesAboutIsSentAgainWithTheSameKeyWhenTheServerSays() {
    machine.server().answer((key, names) -> new Answer.Pending(Optional.of(Duration.ofMinutes(5))));

    var waiting = machine.once();
    machine.clock().advance(Duration.ofMinutes(4));
    machine.once();
    int askedTooEarly = machine.server().asked().size();
    machine.server().answer(null);
    machine.clock().advance(Duration.ofMinutes(2));
    var enrolled = machine.once();

    assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
    assertThat(askedTooEarly).isEqualTo(1);
    assertThat(enrolled.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.server().asked().stream().map(TestEnroller.Asked::key).distinct())
        .hasSize(1);
  }

  @Test
  void aLostAnswerIsFetchedWithTheSameKey() {
    machine
        .server()
        .answer((key, names) ->
            new Answer.Failed(new Failure(Failure.Code.UNREACHABLE, "connection reset")));
    machine.once();
    machine.server().answer(null);
    machine.clock().advance(Duration.ofHours(1));

    machine.once();

    assertThat(machine.server().asked()).hasSize(2);
    assertThat(machine.server().asked().getLast()).isEqualTo(machine.server().asked().getFirst());
  }

  @Test
  void waitsGrowWithFailuresUpToTheLimitAndVary() {
    machine
        .withGeneral("limits: {first-delay: 1m, longest-delay: 1h}")
        .server()
        .answer((key, names) -> new Answer.Refused("no", Optional.empty()));

    for (int failure = 1; failure <= 12; failure++) {
      var status = machine.once();
      Duration wait = Duration.between(machine.clock().instant(), status.next());
      Duration middle = Duration.ofMinutes(Math.min(60, 1L << (failure - 1)));

      assertThat(status.failures()).isEqualTo(failure);
      assertThat(wait)
          .isBetween(
              middle.dividedBy(2),
              middle.multipliedBy(3).dividedBy(2).compareTo(Duration.ofHours(1)) > 0
                  ? Duration.ofHours(1)
                  : middle.multipliedBy(3).dividedBy(2));
      machine.clock().set(status.next());
    }
  }

  @Test
  void aRefusalThatSaysWhenIsObeyed() {
    machine
        .server()
        .answer((key, names) -> new Answer.Refused("busy", Optional.of(Duration.ofMinutes(17))));

    var status = machine.once();

    assertThat(Duration.between(machine.clock().instant(), status.next()))
        .isBetween(Duration.ofMinutes(17), Duration.ofMinutes(19));
    assertThat(status.failure()).contains(new Failure(Failure.Code.REFUSED, "busy"));
  }

  @Test
  void aServerThatCannotAnswerNowIsNotAskedForMoreThanTheRenewalAndIsAskedAgainWhenItSays() {
    machine.once();
    Certificate first = machine.certificate();
    machine
        .server()
        .answer((key, names) -> new Answer.Later("busy", Optional.of(Duration.ofMinutes(17))));
    machine.clock().advance(Duration.ofDays(61));

    var busy = machine.once();
    machine.server().answer(null);
    machine.clock().advance(Duration.ofMinutes(19));
    var renewed = machine.once();

    assertThat(busy.failure()).contains(new Failure(Failure.Code.UNAVAILABLE, "busy"));
    assertThat(Duration.between(machine.clock().instant(), busy.next()))
        .isBetween(Duration.ofMinutes(-2), Duration.ZERO);
    assertThat(busy.certificate().orElseThrow().sha256()).isEqualTo(first.sha256Hex());
    assertThat(renewed.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.server().asked().stream().map(TestEnroller.Asked::operation))
        .containsExactly("enroll", "renew", "renew");
  }

  @ParameterizedTest
  @CsvSource({"P1000D,PT6H,PT6H", "PT0S,PT1M,PT1M6S"})
  void noServerMakesItWaitForEverOrHammer(Duration asked, Duration shortest, Duration longest) {
    machine.server().answer((key, names) -> new Answer.Later("busy", Optional.of(asked)));

    var status = machine.once();

    assertThat(Duration.between(machine.clock().instant(), status.next()))
        .isBetween(shortest, longest);
  }

  @Test
  void whereTheServerDoesNotSayWhenTheQuestionsBecomeRarer() {
    machine
        .withGeneral("limits: {first-delay: 1m, longest-delay: 1h}")
        .server()
        .answer((key, names) -> new Answer.Pending(Optional.empty()));

    for (int poll = 1; poll <= 10; poll++) {
      var status = machine.once();
      Duration middle = Duration.ofMinutes(Math.min(60, 1L << (poll - 1)));

      assertThat(status.phase()).isEqualTo(Phase.WAITING);
      assertThat(Duration.between(machine.clock().instant(), status.next()))
          .isBetween(middle.dividedBy(2), middle.multipliedBy(3).dividedBy(2));
      machine.clock().set(status.next());
    }
    assertThat(machine.server().asked().stream().map(TestEnroller.Asked::operation))
        .startsWith("enroll", "poll", "poll");
  }

  @Test
  void aDecisionIsStillAwaitedWhenTheServerWasAwayInBetween() {
    machine.server().answer((key, names) -> new Answer.Pending(Optional.empty()));
    machine.once();
    machine
        .server()
        .answer((key, names) -> new Answer.Failed(new Failure(Failure.Code.UNREACHABLE, "gone")));
    machine.clock().advance(Duration.ofHours(1));
    machine.once();
    machine.server().answer(null);
    machine.clock().advance(Duration.ofHours(1));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.server().asked().stream().map(TestEnroller.Asked::operation))
        .containsExactly("enroll", "poll", "poll");
    assertThat(machine.server().asked().stream().map(TestEnroller.Asked::key).distinct())
        .hasSize(1);
  }

  @Test
  void aFailureLeavesTheCertificateInUse() {
    machine.once();
    Certificate first = machine.certificate();
    machine.server().refuseRenewals();
    machine.server().answer((key, names) -> new Answer.Refused("no", Optional.empty()));
    machine.clock().advance(Duration.ofDays(61));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.FAILING);
    assertThat(status.certificate().orElseThrow().sha256()).isEqualTo(first.sha256Hex());
    assertThat(machine.certificate()).isEqualTo(first);
  }

  @Test
  void anExpiredCertificateIsCalledSo() {
    machine.once();
    machine.server().answer((key, names) -> new Answer.Refused("no", Optional.empty()));
    machine.clock().advance(Duration.ofDays(91));

    assertThat(machine.once().phase()).isEqualTo(Phase.EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"another key", "expired", "not yet valid", "foreign", "other names", "a CA"})
  void aBadCertificateNeverTakesThePlaceOfAGoodOne(String defect) {
    machine.with("subject: CN=web\nalternatives: ['dns:web.example']").once();
    Certificate first = machine.certificate();
    machine.clock().advance(Duration.ofDays(61));
    machine.server().answer((key, names) -> new Answer.Issued(bad(defect, key, names), List.of()));

    var status = machine.once();

    assertThat(machine.certificate()).isEqualTo(first);
    assertThat(status.phase()).isEqualTo(Phase.FAILING);
    assertThat(status.failure().orElseThrow().code())
        .isEqualTo(defect.equals("foreign") ? Failure.Code.UNTRUSTED : Failure.Code.UNUSABLE);
  }

  private Certificate bad(String defect, SubjectPublicKeyInfo key, SubjectNames names) {
    Instant now = machine.clock().instant();
    Instant later = now.plus(Duration.ofDays(90));
    TestCa ca = machine.ca();
    return switch (defect) {
      case "another key" ->
          ca.issue(
              names,
              SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic()),
              now,
              later);
      case "expired" -> ca.issue(names, key, now.minusSeconds(100), now.minusSeconds(1));
      case "not yet valid" -> ca.issue(names, key, now.plusSeconds(100), later);
      case "foreign" -> TestCa.root("CN=Root", now).issue(names, key, now, later);
      case "other names" ->
          ca.issue(SubjectNames.parse("CN=web", List.of("dns:evil.example")), key, now, later);
      default -> ca.certificate();
    };
  }

  @Test
  void withoutAnyProofItSaysSo() {
    machine.write("secret", "");

    var status = machine.once();

    assertThat(status.failure().orElseThrow().code()).isEqualTo(Failure.Code.FILES);
    assertThat(status.failure().orElseThrow().what()).contains("secret is empty");
    assertThat(machine.server().asked()).isEmpty();
  }

  @Test
  void lostStateCostsNothingButHistory() throws Exception {
    machine.once();
    Certificate first = machine.certificate();
    Files.delete(machine.folder().resolve("state/certificates/web/state.json"));

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isEqualTo(first);
    assertThat(machine.server().asked()).hasSize(1);
  }

  @Test
  void damagedStateIsNoReasonToStop() {
    machine.once();
    machine.write("state/certificates/web/state.json", "{\"due\": \"yester");

    assertThat(machine.once().phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.server().asked()).hasSize(1);
  }

  @Test
  void onDemandACertificateIsRenewedAtOnceAndDespiteAWait() {
    machine.once();
    Certificate first = machine.certificate();
    machine.server().answer((key, names) -> new Answer.Refused("no", Optional.empty()));
    machine.clock().advance(Duration.ofDays(61));
    machine.once();
    machine.server().answer(null);

    CertificateStatus status;
    try (Agent agent = machine.agent()) {
      status = agent.renew("web");
    }

    assertThat(status.phase()).isEqualTo(Phase.ENROLLED);
    assertThat(machine.certificate()).isNotEqualTo(first);
  }

  @Test
  void whatAnotherProcessHasRenewedIsNotRenewedAgain() {
    machine.once();
    machine.clock().advance(Duration.ofDays(59));
    try (Agent service = machine.agent();
        Agent operator = machine.agent()) {
      operator.renew("web");
      machine.clock().advance(Duration.ofDays(2));

      service.runOnce();

      assertThat(machine.server().asked()).hasSize(2);
    }
  }

  @Test
  void theNewKeyIsOnDiskForItsOwnerAloneBeforeTheServerIsAsked() throws Exception {
    machine
        .server()
        .answer((key, names) -> {
          Path waiting = machine.folder().resolve("state/certificates/web/waiting-key.pem");
          assertThat(waiting).exists();
          return new Answer.Pending(Optional.of(Duration.ofMinutes(1)));
        });

    var status = machine.once();

    assertThat(status.phase()).isEqualTo(Phase.WAITING);
    assertThat(
            Files.getPosixFilePermissions(
                machine.folder().resolve("state/certificates/web/waiting-key.pem")))
        .hasSize(2);
  }
}
