package dev.chancery.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PemTest {
  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void whatIsEncodedParsesBack(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    Pem pem = new Pem("CERTIFICATE", Der.of(bytes));

    assertThat(Pem.parseAll(pem.encode())).containsExactly(pem);
  }

  @Test
  void linesAreSixtyFourColumnsWide() {
    String text = new Pem("CERTIFICATE", Der.of(new byte[100])).encode();

    assertThat(text.lines().skip(1).findFirst().orElseThrow()).hasSize(64);
    assertThat(text).endsWith("-----END CERTIFICATE-----\n").doesNotContain("\r");
  }

  @Test
  void textBetweenBlocksAndOtherLineEndsAreAccepted() {
    String text =
        "subject=CN = x\r\n-----BEGIN A-----\r\nAQ==\r\n-----END A-----\r\nnoise\n"
            + "-----BEGIN B KEY-----\n  A g = =\n-----END B KEY-----";

    assertThat(Pem.parseAll(text))
        .containsExactly(
            new Pem("A", Der.of(new byte[] {1})), new Pem("B KEY", Der.of(new byte[] {2})));
  }

  @Test
  void aBlockWhoseEndHasAnotherLabelIsNone() {
    assertThat(Pem.parseAll("-----BEGIN A-----\nAQ==\n-----END B-----\n")).isEmpty();
  }

  @Test
  void aBodyThatIsNotBase64IsRefused() {
    assertThatThrownBy(() -> Pem.parseAll("-----BEGIN A-----\n!!\n-----END A-----"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the PEM block A is not Base64");
  }
}
