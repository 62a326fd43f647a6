package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /// By the key that the client knows.
  private static void assertAnswered(Installation chancery, Certificate recipient) {
    CertRep.Signed signed =
        CertRep.parse(message(chancery, recipient).post(chancery, "/scep").body());

    assertThat(signed.reply().result()).isInstanceOf(Result.Success.class);
    assertThat(signed.signer()).isEqualTo(recipient);
  }

  private static RawMessage message(Installation chancery, Certificate recipient) {
    RawMessage message =
        RawMessage.pkcsReq(
            chancery,
            "/scep",
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
}
