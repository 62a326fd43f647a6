package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Body;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EstBase64Test {
  private static final byte[] DER = der(300);

  @ParameterizedTest(name = "lines of {0} characters")
  @ValueSource(ints = {4, 60, 64, 76, 1000})
  void linesOfAnyLengthAreRead(int columns) {
    String wrapped = Base64.getMimeEncoder(columns, new byte[] {'\r', '\n'}).encodeToString(DER);

    assertThat(EstBase64.decode(Body.of(wrapped))).isEqualTo(DER);
  }

  @Test
  void whiteSpaceIsReadOverAnywhere() {
    String spaced = "\n " + base64().replaceAll("(.)", "$1\t \r\n") + "  ";

    assertThat(EstBase64.decode(Body.of(spaced))).isEqualTo(DER);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"})
  void pemArmourIsTakenOff(String label) {
    String pem = "-----BEGIN " + label + "-----\n" + base64() + "\n-----END " + label + "-----\n";

    assertThat(EstBase64.decode(Body.of(pem))).isEqualTo(DER);
  }

  @Test
  void rawDerIsNamedAsSuch() {
    assertThatThrownBy(() -> EstBase64.decode(Body.of(DER)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("raw DER");
  }

  @ParameterizedTest(name = "\"{0}\" is {1}")
  @CsvSource({
    "MAA, padding",
    "MA=, padding",
    "M===, padding",
    "MAA=MAA=, padding",
    "MA==AA==, padding",
    "MA-_, base64url",
    "MA!A, not Base64",
    "-----BEGIN CERTIFICATE REQUEST-----, PEM armour",
    "'-----BEGIN PRIVATE KEY-----MAA=-----END PRIVATE KEY-----', PEM armour",
    "'', empty",
    "' ', empty",
  })
  void everyOtherDefectIsNamed(String body, String cause) {
    assertThatThrownBy(() -> EstBase64.decode(Body.of(body)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(cause);
  }

  @Test
  void wrappedFormHasLinesOf64CharactersAndAFinalNewline() {
    String text = text(EstBase64.encode(DER, EstBase64.Form.WRAPPED));

    assertThat(text).endsWith("\n").doesNotContain("\r");
    assertThat(text.lines().limit(text.lines().count() - 1)).allMatch(line -> line.length() == 64);
    assertThat(EstBase64.decode(Body.of(text))).isEqualTo(DER);
  }

  @Test
  void singleLineFormHasOneLineAndAFinalNewline() {
    assertThat(text(EstBase64.encode(DER, EstBase64.Form.SINGLE_LINE))).isEqualTo(base64() + "\n");
  }

  private static String base64() {
    return Base64.getEncoder().encodeToString(DER);
  }

  private static String text(Body body) {
    return new String(body.toByteArray(), StandardCharsets.US_ASCII);
  }

  private static byte[] der(int length) {
    byte[] der = new byte[length];
    der[0] = 0x30;
    der[1] = (byte) 0x82;
    return der;
  }
}
