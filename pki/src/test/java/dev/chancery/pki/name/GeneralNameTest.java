package dev.chancery.pki.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeneralNameTest {
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "dns:host.example",
        "dns:*.host.example",
        "dns:_service.host",
        "ip:10.0.0.1",
        "ip:2001:db8:0:0:0:0:0:1",
        "email:someone@example.org",
        "uri:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "uri:https://example.org/a?b=c|d",
        "dir:CN=a,O=b",
        "dir:CN=a\\, b,O=c\\ ",
        "rid:1.2.840.113549",
        "other:1.3.6.1.4.1.311.20.2.3;0c03614062"
      })
  void everyKindIsReadBackFromItsTextAndItsEncoding(String text) {
    GeneralName name = GeneralName.parse(text);

    assertThat(GeneralName.parse(name.toString())).isEqualTo(name).hasSameHashCodeAs(name);
    assertThat(GeneralName.of(name.toAsn1())).isEqualTo(name).hasSameHashCodeAs(name);
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "dns:HOST.Example,dns:host.example",
    "DNS:host,dns:host",
    "dns: host ,dns:host",
    "email:Some.One@EXAMPLE.org,email:Some.One@example.org",
    "ip:2001:DB8::1,ip:2001:db8:0:0:0:0:0:1",
    "other:1.2.3;0C0161,other:1.2.3;0c0161"
  })
  void namesAreKeptInOneForm(String written, String kept) {
    assertThat(GeneralName.parse(written).toString()).isEqualTo(kept);
  }

  @Test
  void theLocalPartOfAMailboxKeepsItsCase() {
    assertThat(GeneralName.parse("email:A@x.example"))
        .isNotEqualTo(GeneralName.parse("email:a@x.example"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "host.example",
        "",
        ":",
        "ftp:host",
        "dns:",
        "dns:-a.example",
        "dns:a-.example",
        "dns:a..b",
        "dns:.a",
        "dns:a.",
        "dns:a b",
        "dns:a.*.b",
        "dns:a*.b",
        "dns:*",
        "dns:b\u00fccher.example",
        "dns:a\u0000.example",
        "ip:",
        "ip:10.0.0",
        "ip:10.0.0.256",
        "ip:10.0.0.0/8",
        "ip:10.0.0.1.2",
        "ip:localhost",
        "ip:fe80::1%lo",
        "ip:\u0661.\u0662.\u0663.\u0664",
        "ip:1:2:3",
        "ip:[::1]",
        "email:someone",
        "email:@example.org",
        "email:someone@",
        "email:a@b@c.example",
        "email:a b@c.example",
        "email:a\u0000@c.example",
        "uri:relative/path",
        "uri:urn:",
        "uri:urn:a b",
        "uri:urn:\u00fc",
        "uri:urn:a\u0000",
        "dir:nonsense",
        "rid:",
        "rid:1",
        "rid:3.1",
        "rid:1.2.x",
        "other:1.2.3",
        "other:1.2.3;zz",
        "other:1.2.3;",
        "other:1.2.3;30",
        "other:x;0500"
      })
  void whatDoesNotFitItsKindIsRefused(String text) {
    assertThatThrownBy(() -> GeneralName.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void hostLabelsHaveAtMostSixtyThreeAndHostsTwoHundredFiftyThreeCharacters() {
    assertThat(GeneralName.parse("dns:" + "a".repeat(63) + ".example")).isNotNull();
    assertThatThrownBy(() -> GeneralName.parse("dns:" + "a".repeat(64) + ".example"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> GeneralName.parse("dns:" + "a.".repeat(127) + "a"))
        .isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "kind {0}")
  @ValueSource(ints = {1, 2, 6})
  void aNulInAnEncodedNameIsRefused(int tag) {
    var name =
        new org.bouncycastle.asn1.x509.GeneralName(
            tag, new DERIA5String("a@good.example\u0000.evil.example"));

    assertThatThrownBy(() -> GeneralName.of(name)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "{0} octets")
  @ValueSource(ints = {0, 3, 5, 8, 15, 17, 32})
  void anAddressHasFourOrSixteenOctets(int octets) {
    var name = new org.bouncycastle.asn1.x509.GeneralName(7, new DEROctetString(new byte[octets]));

    assertThatThrownBy(() -> GeneralName.of(name)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "kind {0}")
  @ValueSource(ints = {3, 5})
  void kindsThatNobodyUsesAreRefused(int tag) {
    var name = new org.bouncycastle.asn1.x509.GeneralName(tag, new DERSequence());

    assertThatThrownBy(() -> GeneralName.of(name))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("not supported");
  }
}
