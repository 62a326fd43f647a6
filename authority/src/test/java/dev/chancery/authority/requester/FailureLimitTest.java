package dev.chancery.authority.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.SettableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailureLimitTest {
  private final SettableClock clock = new SettableClock();
  private final FailureLimit limit = new FailureLimit(3, clock);

  @Test
  void asManyFailuresAsTheLimitSaysAreForgiven() {
    fail("10.0.0.1", 2);

    assertAllowed("10.0.0.1");
  }

  @Test
  void oneMoreIsRefusedUntilTheMinuteIsOver() {
    fail("10.0.0.1", 3);

    assertRefused("10.0.0.1");
    clock.advance(Duration.ofSeconds(59));
    assertRefused("10.0.0.1");
    clock.advance(Duration.ofSeconds(1));
    assertAllowed("10.0.0.1");
  }

  @Test
  void anotherAddressIsNotAffected() {
    fail("10.0.0.1", 10);

    assertAllowed("10.0.0.2");
  }

  @Test
  void afterTheMinuteTheCountBeginsAnew() {
    fail("10.0.0.1", 2);
    clock.advance(Duration.ofMinutes(1));
    fail("10.0.0.1", 2);

    assertAllowed("10.0.0.1");
    fail("10.0.0.1", 1);
    assertRefused("10.0.0.1");
  }

  @Test
  void failuresWhileRefusedDoNotProlongTheMinute() {
    fail("10.0.0.1", 3);
    clock.advance(Duration.ofSeconds(30));
    fail("10.0.0.1", 3);
    clock.advance(Duration.ofSeconds(30));

    assertAllowed("10.0.0.1");
  }

  @Test
  void aFloodOfAddressesNeitherFillsTheMemoryNorTakesLong() {
    assertTimeout(
        Duration.ofSeconds(10),
        () -> {
          for (int i = 0; i < 250_000; i++) {
            limit.count("2001:db8::" + i);
          }
        });

    assertThat(limit.addresses()).isLessThanOrEqualTo(100_000);
  }

  private void fail(String address, int times) {
    for (int i = 0; i < times; i++) {
      limit.count(address);
    }
  }

  private void assertAllowed(String address) {
    assertThatCode(() -> limit.refuseIfExceeded(address)).doesNotThrowAnyException();
  }

  private void assertRefused(String address) {
    assertThatThrownBy(() -> limit.refuseIfExceeded(address))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.refusal().code()).isEqualTo(Refusal.Code.RATE_LIMITED));
  }
}
