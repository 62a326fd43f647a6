package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import dev.chancery.scep.wire.IssuerAndSubject;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Devices that ask all the time, and devices that leave an operator more than anybody can read.
class PollingTest {
  private static final String PATH = "/scep";
  private static final Device DEVICE = Device.of(KeyType.RSA_2048, "CN=eager");

  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path folder) {
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              by-hand: {approval: manual}
            scep:
              endpoints: [{}, {label: by-hand, profile: by-hand}]
            """);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  private RawMessage request(Device device, String subject) {
    return RawMessage.pkcsReq(
        chancery,
        PATH,
        device,
        RawMessage.csr(
            device.keyPair(),
            RawMessage.challenge(chancery.credential("by-hand", 1, subject)),
            subject));
  }

  private RawMessage poll(RawMessage request, MessageKey signer) {
    RawMessage poll =
        RawMessage.of(
            chancery,
            PATH,
            "20",
            signer,
            new IssuerAndSubject(DistinguishedName.parse("CN=ca"), DistinguishedName.parse("CN=me"))
                .encode());
    poll.transactionId = request.transactionId;
    return poll;
  }

  @Test
  @Requirement("SCEP-103")
  void aHundredQuestionsAreAllAnsweredWithPendingAndTheLaterOnesAreNotOpened() {
    RawMessage request = request(DEVICE, "CN=eager");
    assertThat(request.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    for (int i = 0; i < 100; i++) {
      assertThat(poll(request, DEVICE.signer()).answer(chancery, PATH).result())
          .isInstanceOf(Result.Pending.class);
    }
    // Which nobody can open: that nobody tries shows in the answer.
    RawMessage unreadable = poll(request, DEVICE.signer());
    unreadable.content = new byte[] {1, 2, 3};
    assertThat(unreadable.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    var pending = chancery.services().pendingRequests();
    pending.approve(pending.list(1).getFirst().ticket(), "test");

    assertThat(poll(request, DEVICE.signer()).answer(chancery, PATH).result())
        .isInstanceOf(Result.Pending.class);
    chancery.clock().advance(Duration.ofSeconds(61));
    assertThat(poll(request, DEVICE.signer()).answer(chancery, PATH).result())
        .isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement({"SCEP-101", "SCEP-103"})
  void aStrangerCannotUseUpTheQuestionsOfADevice() {
    RawMessage request = request(DEVICE, "CN=eager");
    assertThat(request.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    MessageKey stranger = Device.of(KeyType.RSA_2048, "CN=eager").signer();
    for (int i = 0; i < 50; i++) {
      assertThat(poll(request, stranger).answer(chancery, PATH).result())
          .isInstanceOfSatisfying(
              Result.Failure.class,
              failure -> assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_CERT_ID));
    }
    var pending = chancery.services().pendingRequests();
    pending.approve(pending.list(1).getFirst().ticket(), "test");

    assertThat(poll(request, DEVICE.signer()).answer(chancery, PATH).result())
        .isInstanceOf(Result.Success.class);
  }

  /// Each with a key of its own, so that each is another request.
  @Test
  @Requirement("SCEP-208")
  void aHolderOfACertificateCannotFillTheOperatorsQueue() {
    Device device = Device.of(KeyType.RSA_2048, "CN=holder");
    RawMessage first = request(device, "CN=holder");
    first.answer(chancery, PATH);
    var pending = chancery.services().pendingRequests();
    pending.approve(pending.list(1).getFirst().ticket(), "test");
    Result.Success issued = (Result.Success) first.answer(chancery, PATH).result();
    MessageKey holder =
        device.with(CertsOnly.parse(issued.open().open(device.signer())).getFirst());
    for (int i = 0; i < 5; i++) {
      assertThat(renewal(holder).answer(chancery, PATH + "/by-hand").result())
          .isInstanceOf(Result.Pending.class);
    }
    int waiting = pending.list(100).size();

    var refused = renewal(holder).post(chancery, PATH + "/by-hand");

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "rate-limited");
    assertThat(pending.list(100)).hasSize(waiting);
    pending.deny(pending.list(1).getFirst().ticket(), "too many", "test");
    assertThat(renewal(holder).answer(chancery, PATH + "/by-hand").result())
        .isInstanceOf(Result.Pending.class);
  }

  @Test
  @Requirement("SCEP-208")
  void noMoreRequestsWaitAtAnEndpointThanTheOperatorAllows(@TempDir Path folder) {
    chancery.close();
    chancery =
        Installation.start(
            folder,
            """
              limits: {waiting-requests: 3}
            profiles:
              by-hand: {approval: manual}
            scep:
              endpoints: [{}, {label: by-hand, profile: by-hand}]
            """);
    for (int i = 0; i < 3; i++) {
      assertThat(fresh(i).answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    }

    var refused = fresh(3).post(chancery, PATH);

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "rate-limited");
    var pending = chancery.services().pendingRequests();
    assertThat(pending.list(100)).hasSize(3);
    pending.approve(pending.list(1).getFirst().ticket(), "test");
    assertThat(fresh(4).answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
  }

  private RawMessage fresh(int number) {
    String subject = "CN=waits-" + number;
    return request(Device.of(KeyType.P_256, subject), subject);
  }

  private RawMessage renewal(MessageKey holder) {
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
    return RawMessage.of(
        chancery,
        PATH + "/by-hand",
        "17",
        holder,
        RawMessage.csr(next, "", "CN=holder").der().toByteArray());
  }
}
