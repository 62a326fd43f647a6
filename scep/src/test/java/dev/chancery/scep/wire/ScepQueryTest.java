package dev.chancery.scep.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScepQueryTest {
  static IntStream seeds() {
    return IntStream.range(0, 200);
  }

  /// SCEP-007: every form in which a client is known to write its message.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aMessageIsReadInWhateverFormOfBase64(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] octets = new byte[1 + random.nextInt(400)];
    random.nextBytes(octets);
    String canonical = Base64.getEncoder().encodeToString(octets);
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(octets);

    for (String form :
        new String[] {
          canonical.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
          canonical.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d"),
          lines.replace("\n", "%0A").replace("+", "%2B").replace("/", "%2F"),
          lines.replace("\n", "%0D%0A") + "%0A",
          canonical,
          canonical.replace("=", "%3D"),
          canonical.replace('+', ' '),
          canonical.replace("+", "%20"),
          Base64.getUrlEncoder().encodeToString(octets),
          Base64.getUrlEncoder().withoutPadding().encodeToString(octets),
          canonical.replace("=", "")
        }) {
      ScepQuery query = ScepQuery.parse("operation=PKIOperation&message=" + form);

      assertThat(query.operation()).isEqualTo("PKIOperation");
      assertThat(query.messageOctets()).as(form).isEqualTo(octets);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"A", "!!!!", "AAAA=AAA", "AAAAA", "AAA*", "=", "A===", "%", "%4", "%zz", "AA%C3"})
  void whatIsNoBase64IsMalformed(String message) {
    assertThatThrownBy(
            () -> ScepQuery.parse("operation=PKIOperation&message=" + message).messageOctets())
        .isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"operation=PKIOperation", "operation=PKIOperation&message="})
  void aQueryWithoutMessageHasNone(String query) {
    assertThatThrownBy(() -> ScepQuery.parse(query).messageOctets())
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void parametersComeInAnyOrderAndOthersMeanNothing() {
    ScepQuery query = ScepQuery.parse("x=1&message=AAAA&&y&operation=GetCACert");

    assertThat(query.operation()).isEqualTo("GetCACert");
    assertThat(query.message()).contains("AAAA");
    assertThat(ScepQuery.parse("").operation()).isEmpty();
  }

  @Test
  void aParameterThatComesTwiceIsMalformed() {
    assertThatThrownBy(() -> ScepQuery.parse("operation=GetCACert&operation=GetCACaps"))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void capabilitiesAreReadWhateverTheirLineEndsAndCase() {
    assertThat(Capability.parse("aes\r\nPOSTPKIOperation\r\n\r\nSHA-384\nscepstandard"))
        .containsExactlyInAnyOrder(
            Capability.AES, Capability.POST_PKI_OPERATION, Capability.SCEP_STANDARD);
    assertThat(Capability.parse("")).isEmpty();
  }
}
