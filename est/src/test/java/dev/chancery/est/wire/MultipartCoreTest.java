package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.est.wire.MultipartCore.Part;
import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Body;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartCoreTest {
  @Test
  void aKeyAndACertificateAreAnArrayOfFour() {
    byte[] message =
        MultipartCore.encode(
            CoapContentFormat.PKCS8, hex("300101"), CoapContentFormat.CERTS_ONLY, hex("3000"));

    assertThat(HexFormat.of().formatHex(message))
        .isEqualTo("84" + "19011c" + "43300101" + "190119" + "423000");
  }

  @ParameterizedTest(name = "format {0} and {1} bytes: {2} … {3}")
  @CsvSource({
    "0, 0, 00, 40",
    "23, 23, 17, 57",
    "24, 24, 1818, 5818",
    "255, 255, 18ff, 58ff",
    "256, 256, 190100, 590100",
    "65535, 65535, 19ffff, 59ffff",
    "280, 65536, 190118, 5a00010000"
  })
  void everyHeadIsTheShortest(int format, int length, String formatHead, String contentHead) {
    byte[] content = new byte[length];

    byte[] message = MultipartCore.encode(format, content, 0, new byte[0]);

    String heads = "84" + formatHead + contentHead;
    assertThat(HexFormat.of().formatHex(message)).startsWith(heads).endsWith("0040");
    assertThat(message).hasSize(heads.length() / 2 + length + 2);
    assertThat(MultipartCore.parse(message).first()).isEqualTo(new Part(format, Body.of(content)));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whatIsWrittenIsRead(long seed) {
    Random random = new Random(seed);
    byte[] first = new byte[random.nextInt(70_000)];
    byte[] second = new byte[random.nextInt(300)];
    random.nextBytes(first);
    random.nextBytes(second);
    int firstFormat = random.nextInt(0x10000);
    int secondFormat = random.nextInt(300);

    assertThat(MultipartCore.parse(MultipartCore.encode(firstFormat, first, secondFormat, second)))
        .isEqualTo(
            new MultipartCore(
                new Part(firstFormat, Body.of(first)), new Part(secondFormat, Body.of(second))));
  }

  @Test
  void aMessageThatIsCutShortAnywhereIsMalformed() {
    byte[] whole = MultipartCore.encode(284, new byte[30], 287, new byte[300]);

    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> MultipartCore.parse(cut)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void headsLongerThanNeededAreRead() {
    assertThat(MultipartCore.parse(hex("84" + "1a0000011c" + "59000130" + "1817" + "580131")))
        .isEqualTo(new MultipartCore(new Part(284, Body.of("0")), new Part(23, Body.of("1"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Arrays of three, of two, of six and of indefinite length; no array.
        "8300400040",
        "820040",
        "86004000400040",
        "9f00400040ff",
        "40",
        // Something behind the array.
        "840040004000",
        // A format that is negative, text, bytes, or larger than 65535.
        "8420400040",
        "8460400040",
        "8440400040",
        "841a00010000400040",
        // A content that is null, text, a number, of indefinite length, or of eight bytes' length.
        "8400f60040",
        "8400600040",
        "8400000040",
        "84005f4100ff0040",
        "84005b0000000000000001000040",
        // A length that would be negative as an int.
        "84005affffffff000040"
      })
  void everythingElseIsMalformed(String cbor) {
    assertThatThrownBy(() -> MultipartCore.parse(hex(cbor))).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void aNumberThatIsNoContentFormatIsNotWritten(int format) {
    assertThatThrownBy(() -> MultipartCore.encode(284, new byte[1], format, new byte[1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
