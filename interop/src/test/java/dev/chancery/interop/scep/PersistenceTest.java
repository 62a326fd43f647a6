package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.SettableClock;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.IssuerAndSubject;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a server knows of a transaction survives its restart, and time.
class PersistenceTest {
  private static final String PATH = "/scep";
  private static final String YAML =
      """
      profiles:
        by-hand: {approval: manual, retry-after: 1m}
      scep:
        endpoints: [{}]
      """;
  private static final Device DEVICE = Device.of(KeyType.RSA_2048, "CN=device");

  private static Credentials.Created credential(Installation chancery, String profile) {
    return chancery
        .services()
        .credentials()
        .create(
            new Credentials.Order(
                Optional.empty(),
                new EntitledNames.Exactly(SubjectNames.parse("CN=device", List.of())),
                profile,
                List.of(),
                1,
                Duration.ofDays(30),
                Optional.empty()),
            "test");
  }

  private static RawMessage request(Installation chancery, String profile) {
    return RawMessage.pkcsReq(
        chancery,
        PATH,
        DEVICE,
        RawMessage.csr(
            DEVICE.keyPair(), RawMessage.challenge(credential(chancery, profile)), "CN=device"));
  }

  private static RawMessage poll(Installation chancery, RawMessage request) {
    RawMessage poll =
        RawMessage.of(
            chancery,
            PATH,
            "20",
            DEVICE.signer(),
            // Old clients put the wrong names there (SCEP-101).
            new IssuerAndSubject(
                    DistinguishedName.parse("CN=wrong"), DistinguishedName.parse("CN=wrong"))
                .encode());
    poll.transactionId = request.transactionId;
    return poll;
  }

  @Test
  @Requirement({"SCEP-101", "SCEP-102"})
  void aPendingRequestIsFoundAgainAfterARestart(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    RawMessage request;
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      request = request(chancery, "by-hand");
      assertThat(request.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    }
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      assertThat(poll(chancery, request).answer(chancery, PATH).result())
          .isInstanceOf(Result.Pending.class);
      var pending = chancery.services().pendingRequests();
      pending.approve(pending.list(1).getFirst().ticket(), "test");
    }
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      assertThat(poll(chancery, request).answer(chancery, PATH).result())
          .isInstanceOf(Result.Success.class);
      assertThat(poll(chancery, request).answer(chancery, PATH).result())
          .isInstanceOf(Result.Success.class);
      assertThat(chancery.issued()).hasSize(1);
      clock.advance(Duration.ofHours(2));
      assertThat(poll(chancery, request).answer(chancery, PATH).result())
          .isInstanceOf(Result.Failure.class);
      assertThat(chancery.lastAudit().event().details()).containsEntry("code", "not-found");
      assertThat(chancery.issued()).hasSize(1);
    }
  }

  @Test
  @Requirement({"SCEP-077", "SCEP-211"})
  void aCapturedMessageIsUselessAfterASecondADayAndARestart(@TempDir Path folder) {
    SettableClock clock = new SettableClock();
    byte[] first;
    byte[] renewal;
    try (Installation chancery = Installation.start(folder, YAML, clock)) {
      RawMessage request = request(chancery, "device");
      first = request.encode();
      CertRep reply = CertRep.parse(RawMessage.post(chancery, PATH, first).body()).reply();
      Certificate own =
          CertsOnly.parse(((Result.Success) reply.result()).open().open(DEVICE.signer()))
              .getFirst();
      KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
      renewal =
          RawMessage.of(
                  chancery,
                  PATH,
                  "17",
                  DEVICE.with(own),
                  RawMessage.csr(next, "", "CN=device").der().toByteArray())
              .encode();
      assertThat(CertRep.parse(RawMessage.post(chancery, PATH, renewal).body()).reply().result())
          .isInstanceOf(Result.Success.class);
    }
    for (Duration later : List.of(Duration.ofSeconds(1), Duration.ofDays(1))) {
      clock.advance(later);
      try (Installation chancery = Installation.start(folder, YAML, clock)) {
        for (byte[] captured : List.of(first, renewal)) {
          assertThat(
                  CertRep.parse(RawMessage.post(chancery, PATH, captured).body()).reply().result())
              .isInstanceOf(Result.Failure.class);
          assertThat(chancery.lastAudit().event().details())
              .containsEntry("code", "message-replayed");
        }
        assertThat(chancery.issued()).hasSize(2);
      }
    }
  }
}
