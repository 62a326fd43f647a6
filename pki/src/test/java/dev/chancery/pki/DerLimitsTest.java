package dev.chancery.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-030 and EST-046: what a parser may see is one DER value of bounded size and nesting.
class DerLimitsTest {
  private static final byte[] SAMPLE = hex("3010020101300b0603550403130474657374");

  @Test
  void aValueThatFillsTheBytesIsParsed() {
    assertThat(DerLimits.parse(hex("020105"), 100, "thing")).isEqualTo(new ASN1Integer(5));
  }

  @Test
  void aNestingOfThirtyTwoIsTheDeepestThatIsRead() {
    assertThat(DerLimits.parse(nested(DerLimits.MAX_DEPTH), 4096, "thing")).isNotNull();
    assertThatThrownBy(() -> DerLimits.parse(nested(DerLimits.MAX_DEPTH + 1), 4096, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the thing is nested more than 32 deep");
  }

  @ParameterizedTest(name = "{0} levels")
  @ValueSource(ints = {100, 1000, 100_000})
  void deepNestingIsRefusedBeforeAParserSeesIt(int depth) {
    assertThatThrownBy(() -> DerLimits.parse(nested(depth), 1 << 20, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("nested more than 32 deep");
  }

  @Test
  void deepNestingOfIndefiniteLengthsIsRefusedInBerToo() {
    byte[] bomb = new byte[200_000];
    for (int i = 0; i < bomb.length; i += 2) {
      bomb[i] = 0x30;
      bomb[i + 1] = (byte) 0x80;
    }

    assertThatThrownBy(() -> DerLimits.parseBer(bomb, 1 << 20, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("nested more than 32 deep");
  }

  @Test
  void anIndefiniteLengthIsBerAndNotDer() {
    byte[] indefinite = hex("30800201050000");

    assertThatThrownBy(() -> DerLimits.parse(indefinite, 100, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("indefinite length");
    assertThat(DerLimits.parseBer(indefinite, 100, "thing")).isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"02810105", "0282000105", "30820003020105", "0283000001" + "05"})
  void aLengthThatIsLongerThanNeedBeIsBerAndNotDer(String encoding) {
    assertThatThrownBy(() -> DerLimits.parse(hex(encoding), 100, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("longer length than need be");
    assertThat(DerLimits.parseBer(hex(encoding), 100, "thing")).isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"02010500", "0201050a", "020105020105"})
  void bytesBehindTheValueAreRefused(String encoding) {
    assertThatThrownBy(() -> DerLimits.parse(hex(encoding), 100, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the thing is followed by other bytes");
    assertThatThrownBy(() -> DerLimits.parseBer(hex(encoding), 100, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the thing is followed by other bytes");
  }

  static IntStream everyCut() {
    return IntStream.range(0, SAMPLE.length);
  }

  @ParameterizedTest(name = "the first {0} bytes")
  @MethodSource("everyCut")
  void aTruncatedValueIsRefused(int length) {
    byte[] cut = Arrays.copyOf(SAMPLE, length);

    assertThatThrownBy(() -> DerLimits.parse(cut, 100, "thing"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> DerLimits.parseBer(cut, 100, "thing"))
        .isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "3084ffffffff", // a length of 4 GB
        "3083ffffff", // 16 MB that are not there
        "30ff", // a length of 127 octets
        "1f8181818100", // a tag without end
        "30060204ffff", // a child that is longer than its parent
        "0000" // the end of nothing
      })
  void absurdHeadersAreRefused(String encoding) {
    assertThatThrownBy(() -> DerLimits.parse(hex(encoding), 100, "thing"))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aValueAboveTheLimitIsNotRead() {
    assertThatThrownBy(() -> DerLimits.parse(new byte[101], 100, "thing"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the thing is longer than 100 bytes");
  }

  @Test
  void theFirstElementIsTakenAsSent() {
    byte[] long1 = DerLimits.firstElement(sequenceOf(octets(300)));

    assertThat(long1).isEqualTo(octets(300));
    assertThat(DerLimits.firstElement(SAMPLE)).isEqualTo(hex("020101"));
  }

  static IntStream seeds() {
    return IntStream.range(0, 500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void damagedBytesAreParsedOrMalformedAndNothingElse(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] damaged = SAMPLE.clone();
    for (int i = 0; i < 3; i++) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }

    assertThat(Attempts.of(() -> DerLimits.parse(damaged, 100, "thing")))
        .isIn(Attempts.Result.PARSED, Attempts.Result.MALFORMED);
  }

  private static byte[] nested(int depth) {
    // Built from the outside: the length of what is inside is known beforehand.
    int[] lengths = new int[depth];
    int length = 0;
    for (int i = 0; i < depth; i++) {
      lengths[i] = length;
      length += header(length).length;
    }
    byte[] value = new byte[length];
    int at = 0;
    for (int i = depth - 1; i >= 0; i--) {
      byte[] header = header(lengths[i]);
      System.arraycopy(header, 0, value, at, header.length);
      at += header.length;
    }
    return value;
  }

  private static byte[] header(int length) {
    if (length < 0x80) {
      return new byte[] {0x30, (byte) length};
    }
    if (length < 0x100) {
      return new byte[] {0x30, (byte) 0x81, (byte) length};
    }
    if (length < 0x10000) {
      return new byte[] {0x30, (byte) 0x82, (byte) (length >> 8), (byte) length};
    }
    return new byte[] {
      0x30, (byte) 0x83, (byte) (length >> 16), (byte) (length >> 8), (byte) length
    };
  }

  private static byte[] sequenceOf(byte[] content) {
    byte[] header = header(content.length);
    byte[] whole = Arrays.copyOf(header, header.length + content.length);
    System.arraycopy(content, 0, whole, header.length, content.length);
    return whole;
  }

  private static byte[] octets(int length) {
    byte[] octets = new byte[4 + length];
    octets[0] = 0x04;
    octets[1] = (byte) 0x82;
    octets[2] = (byte) (length >> 8);
    octets[3] = (byte) length;
    return octets;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
