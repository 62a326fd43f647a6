package dev.chancery.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KindTest {
  private enum Color {
    LIGHT_BLUE,
    RED
  }

  private static <T> T read(Kind<T> kind, String yaml) {
    return kind.read(Written.constant(yaml));
  }

  @ParameterizedTest
  @CsvSource({"250ms, PT0.25S", "30s, PT30S", "15m, PT15M", "12h, PT12H", "2w, P14D", "1y, P365D"})
  void durationsHaveUnits(String text, Duration duration) {
    assertThat(read(Kind.duration(), text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @CsvSource({"1/4, 0.25", "25%, 0.25", "0.25, 0.25", "0, 0", "100%, 1"})
  void fractionsAreWrittenInThreeWays(String text, double fraction) {
    assertThat(read(Kind.fraction(), text)).isEqualTo(fraction);
  }

  @ParameterizedTest
  @CsvSource({"4096, 4096", "8KiB, 8192", "1 MiB, 1048576"})
  void sizesHaveBinaryUnits(String text, int bytes) {
    assertThat(read(Kind.size(1024, 1 << 20), text)).isEqualTo(bytes);
  }

  @Test
  void choicesAreTheConstantsInLowerCaseWithHyphens() {
    assertThat(read(Kind.choice(Color.class), "light-blue")).isEqualTo(Color.LIGHT_BLUE);
  }

  @Test
  void aSingleValueIsAListOfOne() {
    assertThat(read(Kind.listOf(Kind.whole(0, 9)), "7")).containsExactly(7);
    assertThat(read(Kind.listOf(Kind.whole(0, 9)), "[7, 8]")).containsExactly(7, 8);
  }

  @Test
  void whatIsOfAnotherKindIsToldWhatItMustBe() {
    assertRefused(Kind.duration(), "soon", "such as 30s");
    assertRefused(Kind.positiveDuration(), "0s", "longer than 0");
    assertRefused(Kind.fraction(), "3/2", "a fraction such as 1/3");
    assertRefused(Kind.size(1, 1024), "2KiB", "from 1 to 1024 bytes");
    assertRefused(Kind.whole(1, 9), "10", "whole number from 1 to 9");
    assertRefused(Kind.truth(), "yes", "\"true\" or \"false\"");
    assertRefused(Kind.choice(Color.class), "green", "\"light-blue\" or \"red\"");
    assertRefused(Kind.text(), "[a]", "one value (text)");
  }

  private static void assertRefused(Kind<?> kind, String yaml, String must) {
    assertThatThrownBy(() -> read(kind, yaml))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(must);
  }
}
