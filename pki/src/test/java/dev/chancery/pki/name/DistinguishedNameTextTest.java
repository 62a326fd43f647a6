package dev.chancery.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 4514: the text begins with the most specific RDN, which the encoding has last.
class DistinguishedNameTextTest {
  private static final List<ASN1ObjectIdentifier> TYPES =
      List.of(
          BCStyle.CN,
          BCStyle.OU,
          BCStyle.C,
          BCStyle.DC,
          BCStyle.SERIALNUMBER,
          BCStyle.E,
          BCStyle.UID,
          BCStyle.POSTAL_ADDRESS,
          BCStyle.DATE_OF_BIRTH,
          new ASN1ObjectIdentifier("1.2.3.4"));

  @Test
  void theMostSpecificRdnComesFirstInTextAndLastInTheEncoding() {
    DistinguishedName name = DistinguishedName.parse("CN=sensor-1,OU=Lab,O=Example");

    assertThat(name.toString()).isEqualTo("CN=sensor-1,OU=Lab,O=Example");
    assertThat(name.rdns().getFirst().getFirst().value()).isEqualTo("Example");
    assertThat(name.rdns().getLast().getFirst().value()).isEqualTo("sensor-1");
    assertThat(name.commonName()).contains("sensor-1");
  }

  @ParameterizedTest(name = "{0} is \"{1}\"")
  @CsvSource(
      delimiter = ';',
      value = {
        "CN=a b;a b",
        "cn = a;a",
        "2.5.4.3=a;a",
        "CN=\\\\a;\\a",
        "CN=\\# a;# a",
        "CN=a\\, b\\+c;a, b+c",
        "CN=a=b;a=b",
        "CN=Z\\C3\\BCrich;Z\u00fcrich",
        "CN=Z\u00fcrich;Z\u00fcrich",
        "CN=#0c0161;a"
      })
  void escapesAreUndone(String text, String value) {
    assertThat(DistinguishedName.parse(text).commonName()).contains(value);
  }

  @Test
  void onlyEscapedSpacesBelongToTheEndsOfAValue() {
    assertThat(DistinguishedName.parse("CN=  a  ,O=b").commonName()).contains("a");
    assertThat(DistinguishedName.parse("CN=\\ a \\ ,O=b").commonName()).contains(" a  ");
  }

  @Test
  void blankTextIsTheEmptyName() {
    assertThat(DistinguishedName.parse(" ")).isEqualTo(DistinguishedName.empty());
    assertThat(DistinguishedName.empty().isEmpty()).isTrue();
    assertThat(DistinguishedName.empty().toString()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "sensor-1",
        "CN",
        "CN=",
        "=x",
        "NOSUCHTYPE=x",
        "CN=a,,O=b",
        "CN=#zz",
        "CN=#",
        "CN=#30",
        "CN=a\\",
        "CN=\\zz",
        "CN=a+",
        "1.2.3.=x",
        "dateOfBirth=yesterday",
        "CN=a\\00b",
        "CN=a\\ff",
        "CN=a\\x",
        "CN=a;b",
        "CN=\"a\"",
        "CN=a,",
        "CN=#0500 x",
        "CN=\ud800"
      })
  void whatIsNoNameIsRefused(String text) {
    assertThatThrownBy(() -> DistinguishedName.parse(text)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"C=\u0144", "serialNumber=\u0141", "DC=\u0161x", "E=\u0170@b"})
  void aValueThatItsTypeCannotHoldIsRefusedAndNotCut(String text) {
    assertThatThrownBy(() -> DistinguishedName.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void textOfAbsurdLengthIsRefused() {
    assertThatThrownBy(() -> DistinguishedName.parse("CN=" + "a".repeat(10_000)))
        .isInstanceOf(MalformedException.class);
  }

  static IntStream seeds() {
    return IntStream.range(0, 500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyNameIsReadBackFromItsText(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    for (int i = random.nextInt(4); i >= 0; i--) {
      builder.addRDN(TYPES.get(random.nextInt(TYPES.size())), new DERUTF8String(value(random)));
    }
    DistinguishedName name = DistinguishedName.of(builder.build());

    assertThat(DistinguishedName.parse(name.toString())).isEqualTo(name);
  }

  private static String value(SplittableRandom random) {
    String alphabet = "aZ09 ,+=\\\"<>;#|/*\u00fc\u4e2d{}'";
    StringBuilder value = new StringBuilder();
    for (int i = random.nextInt(10); i >= 0; i--) {
      value.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return value.toString().isBlank() ? "x" : value.toString();
  }
}
