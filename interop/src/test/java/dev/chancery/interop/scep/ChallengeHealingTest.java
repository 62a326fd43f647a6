package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chancery.authority.audit.AuditEvent.Action;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.scep.wire.FailInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A challenge that is refused is no dead end: the operator learns which device, which credential
/// and what to do, and a device that holds a certificate needs none.
class ChallengeHealingTest {
  private static final String PATH = "/scep/vpn";

  @TempDir private Path folder = Path.of("");
  private Installation chancery;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void start() throws Exception {
    Files.writeString(folder.resolve("shared"), "q7dk2mzr4xw5hcn3tbvy6oafgs");
    chancery =
        Installation.start(
            folder,
            """
            scep:
              endpoints: [{label: vpn}, {label: old, static-challenge: {file: shared, subjects: ["CN=old-*"]}}]
            """);
    log.start();
    root().addAppender(log);
  }

  private static ch.qos.logback.classic.Logger root() {
    return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("dev.chancery");
  }

  @AfterEach
  void stop() {
    root().detachAppender(log);
    chancery.close();
  }

  private Map<String, String> told() {
    return log.list.stream()
        .filter(event -> event.getMessage().equals("a challenge was refused"))
        .reduce((_, last) -> last)
        .orElseThrow()
        .getKeyValuePairs()
        .stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> String.valueOf(pair.value)));
  }

  private Map<String, String> audited() {
    return chancery.lastAudit().event().details();
  }

  @Test
  @Requirement({"SCEP-165", "SCEP-191", "SCEP-212"})
  void anExpiredChallengeTellsTheOperatorWhichDeviceAndWhatToDo() {
    Credentials.Created credential = chancery.credential("CN=router-7", "dns:r7.example");
    String id = credential.credential().id();
    chancery.clock().advance(Duration.ofHours(2));

    var failure =
        MdmDevice.failure(
            MdmDevice.of(chancery, PATH, "CN=router-7")
                .enroll(RawMessage.challenge(credential), "dns:r7.example"));

    assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_REQUEST);
    assertThat(audited())
        .containsEntry("code", "credential-expired")
        .containsEntry("credential", id)
        .containsEntry("requested-names", "CN=router-7 [dns:r7.example]");
    assertThat(told())
        .containsEntry("endpoint", "scep/vpn")
        .containsEntry("code", "credential-expired")
        .containsEntry("credential", id)
        .containsEntry("device", "CN=router-7 [dns:r7.example]")
        .containsEntry("address", "127.0.0.1");
    assertThat(told().get("remedy"))
        .contains(
            "chancery credential create --subject 'CN=router-7' --san 'dns:r7.example' --endpoint"
                + " scep/vpn")
        .contains("renew");
    assertThat(log.list.toString()).doesNotContain(credential.secret());
  }

  @Test
  @Requirement("SCEP-162")
  void aChallengeThatIsUsedUpOrWrongIsToldToo() {
    Credentials.Created credential = chancery.credential("CN=router-7");
    String challenge = RawMessage.challenge(credential);
    MdmDevice.of(chancery, PATH, "CN=router-7").enrolled(challenge);

    MdmDevice.failure(MdmDevice.of(chancery, PATH, "CN=router-7").enroll(challenge));
    assertThat(told())
        .containsEntry("code", "credential-exhausted")
        .containsEntry("credential", credential.credential().id());

    MdmDevice.failure(
        MdmDevice.of(chancery, PATH, "CN=router-7")
            .enroll(credential.credential().id() + ":wrong"));
    assertThat(told())
        .containsEntry("code", "credential-unknown")
        .containsEntry("credential", credential.credential().id());

    // What is no id may be a secret in the wrong place.
    MdmDevice.failure(MdmDevice.of(chancery, PATH, "CN=router-7").enroll("my-secret:my-id"));
    assertThat(told()).containsEntry("credential", "-");
    assertThat(log.list.stream().map(ILoggingEvent::getKeyValuePairs).toList().toString())
        .doesNotContain("my-secret")
        .doesNotContain(credential.secret());
    assertThat(chancery.services().ledger().newestAuditEntries(100).toString())
        .doesNotContain("my-secret");
  }

  @Test
  @Requirement("SCEP-208")
  void aNameCannotSmuggleACommandIntoTheRemedy() {
    MdmDevice.failure(MdmDevice.of(chancery, PATH, "CN=x' && reboot").enroll("x:y"));

    assertThat(told().get("remedy")).contains("--subject 'CN=x? && reboot'");
  }

  @Test
  @Requirement("SCEP-092")
  void aDeviceThatHoldsACertificateRenewsWhenItsChallengeIsLongExpired() {
    Credentials.Created credential = chancery.credential("CN=router-7");
    MdmDevice device = MdmDevice.of(chancery, PATH, "CN=router-7");
    Certificate first = device.enrolled(RawMessage.challenge(credential));
    chancery
        .clock()
        .advance(
            Duration.between(first.notBefore(), first.notAfter()).dividedBy(4).multipliedBy(3));

    Certificate second = MdmDevice.opened(device.renew(device.holder(first)), device.holder(first));

    assertThat(second.names()).isEqualTo(first.names());
    assertThat(second.notAfter()).isAfter(first.notAfter());
    assertThat(chancery.lastAudit().event().action()).isEqualTo(Action.CERTIFICATE_ISSUED);
  }

  @Test
  @Requirement({"SCEP-161", "SCEP-202"})
  void aStaticChallengeIsBoundToItsSubjectsAndSaidAtEachStart() {
    String shared = "q7dk2mzr4xw5hcn3tbvy6oafgs";

    assertThat(MdmDevice.of(chancery, "/scep/old", "CN=old-1").enrolled(shared)).isNotNull();
    MdmDevice.failure(MdmDevice.of(chancery, "/scep/old", "CN=new-1").enroll(shared));
    MdmDevice.failure(MdmDevice.of(chancery, PATH, "CN=old-1").enroll(shared));

    chancery.server().reload();
    assertThat(log.list)
        .anySatisfy(event ->
            assertThat(event.getMessage()).startsWith("risk: a static challenge is in use"));
  }
}
