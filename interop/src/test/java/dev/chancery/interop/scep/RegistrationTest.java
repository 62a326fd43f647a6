package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.client.AcceptedAlgorithms;
import dev.chancery.scep.client.Enrollment;
import dev.chancery.scep.client.ScepClient;
import dev.chancery.scep.client.Trust;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.TransactionId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The registration authority's key lives on and is replaced, by itself.
class RegistrationTest {
  private static final String YAML = "scep:\n  endpoints: [{}]\n";
  private static final Device DEVICE = Device.of(KeyType.RSA_2048, "CN=device");

  private static Certificate ra(Installation chancery) {
    return RawMessage.caCertificates(chancery, "/scep").getFirst();
  }

  @Test
  @Requirement({"SCEP-045", "SCEP-154"})
  void itIsKeptOverARestartAndReplacedInTimeWhileTheOldKeyGoesOn(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    Certificate first;
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      first = ra(chancery);
    }
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      assertThat(ra(chancery)).isEqualTo(first);
    }
    clock.advance(Duration.ofDays(270));
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      Certificate second = ra(chancery);
      assertThat(second).isNotEqualTo(first);
      assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());

      assertAnswered(chancery, first);
      assertAnswered(chancery, second);
    }
    // And the retiring key survives a restart too.
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      assertAnswered(chancery, first);
    }
    clock.advance(Duration.ofDays(100));
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      RawMessage late = message(chancery, first);
      CertRep reply = CertRep.parse(late.post(chancery, "/scep").body()).reply();
      assertThat(reply.result()).isInstanceOf(Result.Failure.class);
    }
  }

  private static List<Certificate> shown(Installation chancery, String path) {
    return RawMessage.caCertificates(chancery, path);
  }

  /// By the key that the client knows.
  private static void assertAnswered(Installation chancery, Certificate recipient) {
    assertAnswered(chancery, "/scep", recipient);
  }

  private static void assertAnswered(Installation chancery, String path, Certificate recipient) {
    CertRep.Signed signed =
        CertRep.parse(message(chancery, path, recipient).post(chancery, path).body());

    assertThat(signed.reply().result()).isInstanceOf(Result.Success.class);
    assertThat(signed.signer()).isEqualTo(recipient);
  }

  private static void assertAnsweredBy(
      Installation chancery, Certificate recipient, Certificate signer) {
    CertRep.Signed signed =
        CertRep.parse(message(chancery, recipient).post(chancery, "/scep").body());

    assertThat(signed.reply().result()).isInstanceOf(Result.Success.class);
    assertThat(signed.signer()).isEqualTo(signer);
  }

  private static Result result(Installation chancery, String path, Certificate recipient) {
    return CertRep.parse(message(chancery, path, recipient).post(chancery, path).body())
        .reply()
        .result();
  }

  private static RawMessage message(Installation chancery, Certificate recipient) {
    return message(chancery, "/scep", recipient);
  }

  private static RawMessage message(Installation chancery, String path, Certificate recipient) {
    RawMessage message =
        RawMessage.pkcsReq(
            chancery,
            path,
            DEVICE,
            RawMessage.csr(
                DEVICE.keyPair(),
                RawMessage.challenge(chancery.credential("CN=device")),
                "CN=device"));
    message.recipients = List.of(new Recipient.KeyTransport(recipient));
    return message;
  }

  @Test
  @Requirement("SCEP-154")
  void aKeyThatDoesNotBelongToItsCertificateIsReplaced(@TempDir Path folder) throws Exception {
    Certificate first;
    try (Installation chancery = Installation.start(folder, YAML)) {
      first = ra(chancery);
    }
    Path key = folder.resolve("scep").resolve("default.key");
    Files.writeString(key, dev.chancery.pki.key.KeyPairs.toPem(DEVICE.keyPair().getPrivate()));

    try (Installation chancery = Installation.start(folder, YAML)) {
      assertThat(ra(chancery)).isNotEqualTo(first);
      assertAnswered(chancery, ra(chancery));
    }
  }

  @Test
  @Requirement("SCEP-154")
  void aRunningServerRenewsAndTheOldKeyOpensMessagesForTheOverlap(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    String yaml = "scep:\n  endpoints: [{}, {label: short, registration-overlap: 7d}]\n";
    try (Installation chancery = Installation.start(folder, yaml, clock)) {
      Certificate first = ra(chancery);
      Certificate firstShort = shown(chancery, "/scep/short").getFirst();
      assertThat(notAfterIn(chancery, "registration-authority", "scep"))
          .isEqualTo(first.notAfter().getEpochSecond());

      clock.advance(Duration.ofDays(200));
      chancery.server().renewIfDue();
      assertThat(ra(chancery)).isEqualTo(first);
      clock.advance(Duration.ofDays(50));
      chancery.server().renewIfDue();

      Certificate second = ra(chancery);
      assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());
      assertThat(notAfterIn(chancery, "registration-authority", "scep"))
          .isEqualTo(second.notAfter().getEpochSecond());
      assertAnswered(chancery, "/scep", first);
      assertAnswered(chancery, "/scep", second);
      assertAnswered(chancery, "/scep/short", firstShort);
      clock.advance(Duration.ofDays(6));
      assertAnswered(chancery, "/scep/short", firstShort);
      clock.advance(Duration.ofDays(2));
      assertAnswered(chancery, "/scep", first);
      assertAnswered(chancery, "/scep/short", shown(chancery, "/scep/short").getFirst());
      assertThat(result(chancery, "/scep/short", firstShort)).isInstanceOf(Result.Failure.class);
    }
  }

  @Test
  @Requirement({"SCEP-152", "SCEP-153", "SCEP-154"})
  void aPairHasOneKeyForMessagesAndOneForRepliesAndIsRenewedAsAPair(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    String yaml = "scep:\n  endpoints: [{registration-certificates: split}]\n";
    try (Installation chancery = Installation.start(folder, yaml, clock)) {
      List<Certificate> first = shown(chancery, "/scep");
      assertThat(usage(first.get(0))).containsExactly(KeyUsageBit.KEY_ENCIPHERMENT);
      assertThat(usage(first.get(1))).containsExactly(KeyUsageBit.DIGITAL_SIGNATURE);
      assertThat(first.get(0).subjectPublicKeyInfo())
          .isNotEqualTo(first.get(1).subjectPublicKeyInfo());
      assertThat(first.get(2).isCa()).isTrue();
      assertThat(first.subList(0, 2)).allMatch(one -> one.isSignedBy(first.get(2)));
      assertAnsweredBy(chancery, first.get(0), first.get(1));
      // The key for replies opens nothing.
      assertThat(result(chancery, "/scep", first.get(1))).isInstanceOf(Result.Failure.class);
      assertThat(notAfterIn(chancery, "registration-authority-signature", "scep"))
          .isEqualTo(first.get(1).notAfter().getEpochSecond());

      clock.advance(Duration.ofDays(270));
      chancery.server().renewIfDue();

      List<Certificate> second = shown(chancery, "/scep");
      assertThat(second.subList(0, 2)).doesNotContainAnyElementsOf(first.subList(0, 2));
      assertAnsweredBy(chancery, second.get(0), second.get(1));
      // Whoever has not asked anew knows the old pair, both halves.
      assertAnsweredBy(chancery, first.get(0), first.get(1));
    }
    try (Installation chancery = Installation.start(folder, yaml, clock)) {
      List<Certificate> shown = shown(chancery, "/scep");
      assertAnsweredBy(chancery, shown.get(0), shown.get(1));
    }
    // Back to one: who knows the pair is answered by the pair.
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      assertThat(usage(ra(chancery)))
          .containsExactly(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.KEY_ENCIPHERMENT);
      assertThat(shown(chancery, "/scep").get(1).isCa()).isTrue();
      assertAnswered(chancery, ra(chancery));
    }
  }

  /// Each chooses by key usage, not by order.
  @Test
  @Requirement({"SCEP-036", "SCEP-152"})
  void ourClientEnrolsWithAPair(@TempDir Path folder) {
    String yaml = "scep:\n  endpoints: [{registration-certificates: split}]\n";
    try (Installation chancery = Installation.start(folder, yaml)) {
      ScepClient client =
          new ScepClient(
              RawMessage.uri(chancery, "/scep"),
              AcceptedAlgorithms.MODERN,
              Duration.ofSeconds(30),
              chancery.clock());

      Enrollment enrolled =
          client.enroll(
              client.authorities(new Trust.Fingerprint(chancery.server().root().sha256Hex())),
              DEVICE.signer(),
              TransactionId.fresh(),
              RawMessage.csr(
                  DEVICE.keyPair(),
                  RawMessage.challenge(chancery.credential("CN=device")),
                  "CN=device"));

      assertThat(enrolled).isInstanceOf(Enrollment.Issued.class);
    }
  }

  @Test
  @Requirement("SCEP-154")
  void theServerTellsWhenItsCertificatesEndAndWarnsInTime(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("dev.chancery");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      logger.addAppender(log);
      Certificate issuer = chancery.services().authority().certificatesOf("issuing").getFirst();
      assertThat(notAfterIn(chancery, "issuer", "issuing"))
          .isEqualTo(issuer.notAfter().getEpochSecond());
      assertThat(notAfterIn(chancery, "root", "issuing"))
          .isEqualTo(chancery.server().root().notAfter().getEpochSecond());
      assertThat(notAfterIn(chancery, "tls", "server")).isGreaterThan(0);
      assertThat(warnings(log)).isEmpty();

      clock.advance(
          Duration.between(clock.instant(), issuer.notAfter()).minus(Duration.ofDays(89)));
      chancery.server().renewIfDue();
      chancery.server().renewIfDue();

      assertThat(warnings(log)).containsOnlyOnce("issuer issuing");
      // What renews itself has done so.
      assertThat(warnings(log)).doesNotContain("registration-authority scep");
      clock.advance(Duration.ofHours(25));
      chancery.server().renewIfDue();
      assertThat(warnings(log).stream().filter("issuer issuing"::equals)).hasSize(2);
    } finally {
      logger.detachAppender(log);
    }
  }

  private static List<String> warnings(ListAppender<ILoggingEvent> log) {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getMessage().equals("a certificate of this server ends soon"))
        .map(event ->
            event.getKeyValuePairs().get(0).value + " " + event.getKeyValuePairs().get(1).value)
        .toList();
  }

  /// Of `chancery_certificate_not_after_timestamp_seconds`.
  private static long notAfterIn(Installation chancery, String purpose, String name) {
    String metrics =
        new String(RawMessage.get(chancery, "/metrics").body(), StandardCharsets.UTF_8);
    String line =
        metrics
            .lines()
            .filter(one ->
                one.startsWith("chancery_certificate_not_after_timestamp_seconds{")
                    && one.contains("purpose=\"" + purpose + "\"")
                    && one.contains("name=\"" + name + "\""))
            .findFirst()
            .orElseThrow(() -> new AssertionError(metrics));
    return (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  private static List<KeyUsageBit> usage(Certificate certificate) {
    KeyUsage usage =
        KeyUsage.fromExtensions(certificate.toAsn1().getTBSCertificate().getExtensions());
    return Arrays.stream(KeyUsageBit.values()).filter(bit -> bit.isSetIn(usage)).toList();
  }
}
