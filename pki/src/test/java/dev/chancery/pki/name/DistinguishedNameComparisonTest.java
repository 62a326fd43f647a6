package dev.chancery.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-101: names compare by the rules of RFC 5280 §7.1.
class DistinguishedNameComparisonTest {
  @Test
  void theStringTypeDoesNotCount() {
    DistinguishedName utf8 = commonName(new DERUTF8String("sensor-1"));

    assertThat(commonName(new DERPrintableString("sensor-1")))
        .isEqualTo(utf8)
        .hasSameHashCodeAs(utf8);
    assertThat(commonName(new DERBMPString("sensor-1"))).isEqualTo(utf8);
    assertThat(commonName(new DERT61String("sensor-1"))).isEqualTo(utf8);
    assertThat(commonName(new DERIA5String("sensor-1"))).isEqualTo(utf8);
  }

  @Test
  void theEncodingIsKeptThoughItDoesNotCount() {
    DistinguishedName printable = commonName(new DERPrintableString("a"));

    assertThat(printable.der()).isNotEqualTo(commonName(new DERUTF8String("a")).der());
    assertThat(DistinguishedName.of(printable.toX500Name()).der()).isEqualTo(printable.der());
  }

  @Test
  void letterCaseDoesNotCount() {
    assertThat(DistinguishedName.parse("CN=Sensor,O=EXAMPLE"))
        .isEqualTo(DistinguishedName.parse("CN=sensor,O=Example"));
  }

  @Test
  void leadingTrailingAndRepeatedSpacesDoNotCount() {
    assertThat(commonName(new DERUTF8String("  Sensor   1 ")))
        .isEqualTo(commonName(new DERUTF8String("sensor 1")));
  }

  @Test
  void composedAndDecomposedCharactersAreTheSame() {
    assertThat(commonName(new DERUTF8String("Z\u00fcrich")))
        .isEqualTo(commonName(new DERUTF8String("Zu\u0308rich")));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "O=Example,CN=a",
        "CN=a",
        "CN=a,O=Example,C=DE",
        "CN=a+O=Example",
        "CN=a,OU=Example",
        "CN=ab,O=Example",
        "CN=a,CN=a,O=Example"
      })
  void orderNumberAndTypesCount(String other) {
    assertThat(DistinguishedName.parse(other))
        .isNotEqualTo(DistinguishedName.parse("CN=a,O=Example"));
  }

  @Test
  void theOrderInsideAnRdnDoesNotCount() {
    assertThat(DistinguishedName.parse("CN=a+O=b,C=DE"))
        .isEqualTo(DistinguishedName.parse("O=b+CN=a,C=DE"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {"b,2.5.4.3=a", "b+2.5.4.3=a", "b\\,2.5.4.3=a", "b|dns:a", "b\\|dns:a", "#0500"})
  void aValueNeverReadsLikeTwoAttributes(String value) {
    DistinguishedName one =
        DistinguishedName.of(new X500NameBuilder().addRDN(BCStyle.O, value).build());

    assertThat(one).isNotEqualTo(DistinguishedName.parse("CN=a,O=b"));
    assertThat(one).isNotEqualTo(DistinguishedName.parse("CN=a+O=b"));
    assertThat(one.canonical()).isNotEqualTo(DistinguishedName.parse("CN=a,O=b").canonical());
  }

  @Test
  void textThatLooksLikeHexIsNotTheValueThatTheHexStandsFor() {
    assertThat(commonName(DERNull.INSTANCE)).isNotEqualTo(commonName(new DERUTF8String("#0500")));
    assertThat(commonName(new DEROctetString(new byte[] {1})))
        .isNotEqualTo(commonName(new DERUTF8String("#040101")));
  }

  static IntStream seeds() {
    return IntStream.range(0, 300);
  }

  /// A canonical form that joined values without escapes would make equals of different names.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void oneAttributeNeverEqualsTwo(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] pieces = {"a", ",", "+", "=", "\\", ",2.5.4.3=y", "+2.5.4.3=y", "#", "|", " "};
    StringBuilder value = new StringBuilder("x");
    for (int i = random.nextInt(8); i >= 0; i--) {
      value.append(pieces[random.nextInt(pieces.length)]);
    }
    DistinguishedName one = commonName(new DERUTF8String(value.toString()));
    String[] parts = value.toString().split("[,+](2\\.5\\.4\\.3=)?", 2);
    DistinguishedName two =
        DistinguishedName.of(
            new X500NameBuilder()
                .addRDN(BCStyle.CN, new DERUTF8String(parts[0]))
                .addRDN(
                    BCStyle.CN,
                    new DERUTF8String(parts.length < 2 ? "y" : parts[1].isBlank() ? "y" : parts[1]))
                .build());

    assertThat(one).isNotEqualTo(two);
    assertThat(one.canonical()).isNotEqualTo(two.canonical());
  }

  @ParameterizedTest(name = "U+{0}")
  @ValueSource(ints = {0, 1, 0x0a, 0x0d, 0x1f, 0x7f, 0x85, 0xd800, 0xdc00})
  void controlCharactersAndHalvesOfPairsAreRefused(int character) {
    DERBMPString value = new DERBMPString("a" + (char) character + "b");

    assertThatThrownBy(() -> commonName(value)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(strings = {"", " ", "\u3000"})
  void anAttributeWithoutAValueIsRefused(String value) {
    assertThatThrownBy(() -> commonName(new DERUTF8String(value)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("a name has an attribute without a value");
  }

  @Test
  void moreThanThirtyTwoAttributesAreRefused() {
    RDN[] rdns = new RDN[33];
    for (int i = 0; i < rdns.length; i++) {
      rdns[i] = new RDN(BCStyle.OU, new DERUTF8String("u" + i));
    }
    AttributeTypeAndValue[] pairs = new AttributeTypeAndValue[33];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = rdns[i].getFirst();
    }

    assertThatThrownBy(() -> DistinguishedName.of(new X500Name(rdns)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> DistinguishedName.of(new X500Name(new RDN[] {new RDN(pairs)})))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aNameIsWithinAnotherThatHasAllItsAttributes() {
    DistinguishedName full = DistinguishedName.parse("CN=a,OU=u,O=Example");

    assertThat(DistinguishedName.parse("O=EXAMPLE,CN=a").isWithin(full)).isTrue();
    assertThat(DistinguishedName.empty().isWithin(full)).isTrue();
    assertThat(DistinguishedName.parse("CN=a,L=x").isWithin(full)).isFalse();
  }

  private static DistinguishedName commonName(ASN1Encodable value) {
    return DistinguishedName.of(new X500Name(new RDN[] {new RDN(BCStyle.CN, value)}));
  }
}
