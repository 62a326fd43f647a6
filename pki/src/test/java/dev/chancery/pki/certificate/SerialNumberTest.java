package dev.chancery.pki.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SerialNumberTest {
  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aFreshOneIsPositiveAndAtMostTwentyOctetsLong(int seed) {
    long milliseconds = new SplittableRandom(seed).nextLong(1L << 48);

    BigInteger value = SerialNumber.fresh(Instant.ofEpochMilli(milliseconds)).value();

    assertThat(value.signum()).isEqualTo(1);
    assertThat(value.toByteArray().length).isLessThanOrEqualTo(20);
    assertThat(value.shiftRight(80)).isEqualTo(BigInteger.valueOf(milliseconds));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void laterOnesAreGreaterInValueAndInText(int seed) {
    Instant first = TestAuthority.NOW.plusMillis(seed);

    SerialNumber earlier = SerialNumber.fresh(first);
    SerialNumber later = SerialNumber.fresh(first.plusMillis(1));

    assertThat(later.value()).isGreaterThan(earlier.value());
    assertThat(later.toString()).isGreaterThan(earlier.toString());
  }

  @Test
  void thoseOfOneMillisecondDiffer() {
    Set<SerialNumber> serials = new HashSet<>();

    for (int i = 0; i < 10_000; i++) {
      serials.add(SerialNumber.fresh(TestAuthority.NOW));
    }

    assertThat(serials).hasSize(10_000);
  }

  @Test
  void textIsReadBackWithAndWithoutColons() {
    SerialNumber serial = new SerialNumber(new BigInteger("0abc", 16));

    assertThat(serial.toString()).isEqualTo("0abc");
    assertThat(SerialNumber.parse("0a:BC")).isEqualTo(serial);
    assertThat(SerialNumber.parse(serial.toString())).isEqualTo(serial);
  }

  /// As certmonger gives to the certificate with which it signs its messages.
  @Test
  void theSha256OfAKeyIsReadThoughNoCaMayUseIt() {
    assertThat(SerialNumber.parse("ff".repeat(32))).hasToString("ff".repeat(32));
  }

  static Stream<String> noSerialNumbers() {
    return Stream.of("", "-1", "x", "01" + "ff".repeat(64));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noSerialNumbers")
  void whatIsNoSerialNumberIsRefused(String text) {
    assertThatThrownBy(() -> SerialNumber.parse(text)).isInstanceOf(MalformedException.class);
  }
}
