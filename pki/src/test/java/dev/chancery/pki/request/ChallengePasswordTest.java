package dev.chancery.pki.request;

import static dev.chancery.pki.request.RawRequest.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;

/// EST-241: a challengePassword that is present is seen, whatever it holds.
class ChallengePasswordTest {
  private static final String OID = "1.2.840.113549.1.9.7";

  @Test
  void bothStringTypesAreRead() {
    assertThat(parsed(new DERPrintableString("abc"))).contains("abc");
    assertThat(parsed(new DERUTF8String("ab\u00e7"))).contains("ab\u00e7");
  }

  @Test
  void absenceAndEmptinessAreNotTheSame() {
    assertThat(CertificationRequest.parse(RawRequest.with()).challengePassword()).isEmpty();
    assertThat(parsed(new DERUTF8String(""))).contains("");
    assertThat(parsed(new DERPrintableString(""))).contains("");
  }

  @Test
  void itHasAtMost16384CharactersSinceDeviceManagersMakeLongOnes() {
    assertThat(parsed(new DERUTF8String("a".repeat(16_384)))).isPresent();
    assertThatThrownBy(() -> parsed(new DERUTF8String("a".repeat(16_385))))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the challengePassword is longer than 16384 characters");
    assertThatThrownBy(() -> parsed(new DERPrintableString("a".repeat(20_000))))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void itHasExactlyOneValueAndComesOnce() {
    ASN1Encodable value = new DERUTF8String("a");
    byte[] none = RawRequest.with(attribute(OID));
    byte[] two = RawRequest.with(attribute(OID, value, new DERUTF8String("b")));
    byte[] twice = RawRequest.with(attribute(OID, value), attribute(OID, value));

    assertThatThrownBy(() -> CertificationRequest.parse(none))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> CertificationRequest.parse(two))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> CertificationRequest.parse(twice))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void olderKindsOfTextAreReadToo() {
    assertThat(parsed(new DERIA5String("a"))).contains("a");
    assertThat(parsed(new DERBMPString("\u00e4"))).contains("\u00e4");
    assertThat(parsed(new DERT61String("a"))).contains("a");
  }

  @Test
  void otherTypesAreRefused() {
    assertThatThrownBy(() -> parsed(new DEROctetString(new byte[1])))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void toStringContainsNoSecret() {
    assertThat(new RequestAttribute.ChallengePassword("hunter2").toString())
        .doesNotContain("hunter2");
  }

  private static Optional<String> parsed(ASN1Encodable value) {
    return CertificationRequest.parse(RawRequest.with(attribute(OID, value)))
        .challengePassword()
        .map(RequestAttribute.ChallengePassword::value);
  }
}
