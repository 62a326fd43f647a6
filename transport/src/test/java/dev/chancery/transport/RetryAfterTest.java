package dev.chancery.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void secondsAreADelay() {
    assertThat(RetryAfter.parse(" 120 ").orElseThrow().from(NOW)).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void aDateIsADelayFromNowOn() {
    assertThat(RetryAfter.parse("Sun, 01 Mar 2026 12:00:30 GMT").orElseThrow().from(NOW))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void aDateInThePastIsNoDelay() {
    assertThat(RetryAfter.parse("Sun, 01 Mar 2026 11:00:00 GMT").orElseThrow().from(NOW))
        .isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "99999999999999999999"})
  void anythingElseIsNothing(String text) {
    assertThat(RetryAfter.parse(text)).isEmpty();
  }
}
