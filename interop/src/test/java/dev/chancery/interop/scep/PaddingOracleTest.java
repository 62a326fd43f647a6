package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.key.KeyType;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Bleichenbacher and Vaudenay get nothing: a thousand damaged envelopes are answered like one that
/// opens to nonsense, in the same words and in the same time.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PaddingOracleTest {
  private static final String PATH = "/scep";
  private static final Device DEVICE = Device.of(KeyType.RSA_2048, "CN=device");
  private static final int ROUNDS = 250;

  /// By far more than the true difference, which is some microseconds, and by far less than an RSA
  /// operation that is left out.
  private static final double TOLERANCE = 1.5;

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) {
    chancery = Installation.start(folder, "scep: {endpoints: [{}]}\n");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  private enum Damage {
    /// Opens, to bytes that are no request.
    NONE,
    ENCRYPTED_KEY,
    LAST_BLOCK,
    LENGTH
  }

  private RawMessage message(Damage damage, SplittableRandom random) {
    RawMessage message =
        RawMessage.pkcsReq(
            chancery, PATH, DEVICE, RawMessage.csr(DEVICE.keyPair(), "", "CN=device"));
    byte[] nonsense = new byte[600 + (damage == Damage.LENGTH ? 1 + random.nextInt(15) : 0)];
    random.nextBytes(nonsense);
    byte[] envelope = Envelope.seal(nonsense, message.cipher, message.recipients);
    switch (damage) {
      case NONE, LENGTH -> {}
      // The RSA ciphertext stands in front, the content at the end.
      case ENCRYPTED_KEY -> envelope[150 + random.nextInt(150)] ^= (byte) (1 + random.nextInt(255));
      case LAST_BLOCK ->
          envelope[envelope.length - 1 - random.nextInt(16)] ^= (byte) (1 + random.nextInt(255));
    }
    message.envelope = Optional.of(envelope);
    return message;
  }

  @Test
  @Requirement("SCEP-057")
  void aThousandDamagedEnvelopesGetOneAnswerInOneTime() {
    SplittableRandom random = new SplittableRandom(57);
    Map<Damage, List<Long>> times = new EnumMap<>(Damage.class);
    Set<Result> answers = new HashSet<>();
    for (int round = -ROUNDS / 5; round < ROUNDS; round++) {
      for (Damage damage : Damage.values()) {
        byte[] bytes = message(damage, random).encode();
        long begun = System.nanoTime();
        HttpResponse<byte[]> response = RawMessage.post(chancery, PATH, bytes);
        long took = System.nanoTime() - begun;
        // The first ones make the server warm.
        if (round >= 0) {
          times.computeIfAbsent(damage, one -> new ArrayList<>()).add(took);
        }
        answers.add(CertRep.parse(response.body()).reply().result());
      }
    }

    assertThat(answers).hasSize(1);
    assertThat(chancery.issued()).isEmpty();
    double sound = median(times.get(Damage.NONE));
    for (Damage damage : Damage.values()) {
      assertThat(median(times.get(damage)) / sound)
          .as("median time with damage to %s, in proportion", damage)
          .isBetween(1 / TOLERANCE, TOLERANCE);
    }
  }

  private static double median(@Nullable List<Long> times) {
    if (times == null) {
      throw new AssertionError("nothing was measured");
    }
    return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
  }

  /// Whom an envelope is for stands in the clear, so that one may be told apart; its answer is the
  /// same all the same.
  @Test
  @Requirement("SCEP-057")
  void anEnvelopeForSomebodyElseIsAnsweredAlike() {
    SplittableRandom random = new SplittableRandom(58);
    RawMessage foreign = message(Damage.NONE, random);
    MessageKey other = Device.of(KeyType.RSA_2048, "CN=other").signer();
    foreign.envelope =
        Optional.of(
            Envelope.seal(
                new byte[600],
                foreign.cipher,
                List.of(new Recipient.KeyTransport(other.certificate()))));

    assertThat(foreign.answer(chancery, PATH).result())
        .isEqualTo(message(Damage.NONE, random).answer(chancery, PATH).result());
  }
}
