package dev.chancery.est.responder;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DigestNoncesTest {
  private static final String REALM = "est";

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
  private final Clock clock = new Now();
  private final DigestNonces nonces = new DigestNonces(clock, 100);

  private final class Now extends Clock {
    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now.get();
    }
  }

  @Test
  void eachCountOfANonceIsUsedOnceAndInOrder() {
    String nonce = nonces.fresh(REALM);

    assertThat(nonces.use(REALM, nonce, 1)).isTrue();
    assertThat(nonces.use(REALM, nonce, 1)).isFalse();
    assertThat(nonces.use(REALM, nonce, 3)).isTrue();
    assertThat(nonces.use(REALM, nonce, 2)).isFalse();
    assertThat(nonces.isUsable(REALM, nonce, 4)).isTrue();
    assertThat(nonces.use(REALM, nonces.fresh(REALM), 0)).isFalse();
  }

  @Test
  void aNonceIsGoodForItsRealmAndItsTimeOnly() {
    String nonce = nonces.fresh(REALM);

    assertThat(nonces.isUsable("est/other", nonce, 1)).isFalse();
    advance(DigestNonces.LIFETIME.minusMillis(1));
    assertThat(nonces.isUsable(REALM, nonce, 1)).isTrue();
    advance(Duration.ofMillis(1));
    assertThat(nonces.isUsable(REALM, nonce, 1)).isFalse();
  }

  @Test
  void nobodyElseMakesNonces() {
    String nonce = nonces.fresh(REALM);
    String changed = (nonce.charAt(0) == 'B' ? "C" : "B") + nonce.substring(1);

    assertThat(nonces.isUsable(REALM, changed, 1)).isFalse();
    assertThat(nonces.isUsable(REALM, new DigestNonces(clock, 100).fresh(REALM), 1)).isFalse();
    assertThat(nonces.isUsable(REALM, "", 1)).isFalse();
    assertThat(nonces.isUsable(REALM, "not base64!", 1)).isFalse();
  }

  @Test
  void memoryIsBoundedAndWhatIsForgottenIsNeverTakenAgain() {
    List<String> used = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String nonce = nonces.fresh(REALM);
      assertThat(nonces.use(REALM, nonce, 1)).isTrue();
      used.add(nonce);
      advance(Duration.ofMillis(1));
    }

    assertThat(nonces.remembered()).isLessThanOrEqualTo(100);
    assertThat(used).noneMatch(nonce -> nonces.use(REALM, nonce, 1));
  }

  @Test
  void ofManyAtOnceOneUsesACount() throws Exception {
    String nonce = nonces.fresh(REALM);
    List<Callable<Boolean>> attempts = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      attempts.add(() -> nonces.use(REALM, nonce, 1));
    }

    int winners = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
        winners += attempt.get() ? 1 : 0;
      }
    }

    assertThat(winners).isEqualTo(1);
  }

  private void advance(Duration duration) {
    now.updateAndGet(instant -> instant.plus(duration));
  }
}
