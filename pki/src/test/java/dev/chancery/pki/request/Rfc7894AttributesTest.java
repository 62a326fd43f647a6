package dev.chancery.pki.request;

import static dev.chancery.pki.request.RawRequest.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-290: the attributes of RFC 7894 are seen, so that nothing passes them over.
class Rfc7894AttributesTest {
  @Test
  void eachIsReadAsWhatItIs() {
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=x", List.of()), KeyPairs.generate(KeyType.P_256))
            .otpChallenge("id:secret")
            .revocationChallenge("r\u00e9voke")
            .estIdentityLinking("")
            .build();

    assertThat(request.otpChallenge()).contains(new RequestAttribute.OtpChallenge("id:secret"));
    assertThat(request.revocationChallenge())
        .contains(new RequestAttribute.RevocationChallenge("r\u00e9voke"));
    assertThat(request.estIdentityLinking()).contains(new RequestAttribute.EstIdentityLinking(""));
    assertThat(request.attributes().toString()).doesNotContain("secret").doesNotContain("voke");
  }

  @ParameterizedTest
  @ValueSource(strings = {"56", "57", "58"})
  void eachHasOneValueOfTheRightTypeAndLength(String arc) {
    String oid = "1.2.840.113549.1.9.16.2." + arc;

    for (byte[] der :
        List.of(
            RawRequest.with(attribute(oid)),
            RawRequest.with(attribute(oid, new DERUTF8String("a"), new DERUTF8String("b"))),
            RawRequest.with(attribute(oid, new DERIA5String("a"))),
            RawRequest.with(attribute(oid, new DERUTF8String("a".repeat(256)))))) {
      assertThatThrownBy(() -> CertificationRequest.parse(der))
          .isInstanceOf(MalformedException.class);
    }
  }
}
