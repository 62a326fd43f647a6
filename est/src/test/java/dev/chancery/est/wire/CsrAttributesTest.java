package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyType;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsrAttributesTest {
  private static final String RFC_9908_5_1_ONE_SAN =
      "MGgwZgYJKoZIhvcNAQkOMVkwVzBVBgNVHREBAf8ESzBJoEcGCCsGAQUFBwgKoDsWOXJmYzg5OTQrZmQ3MzlmYzIzYzM0"
          + "NDAxMTIyMzM0NDU1MDAwMDAwMDArQGFjcC5leGFtcGxlLmNvbQ==";
  private static final String RFC_9908_5_4_RSA_4096 =
      "MCkGCSqGSIb3DQEJBzARBgkqhkiG9w0BAQExBAICEAAGCSqGSIb3DQEBCw==";
  private static final String RFC_9908_5_5_P_384 =
      "MC4GCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiBgNVBAUGCCqGSM49BAMD";
  private static final String RFC_9908_3_4_TEMPLATE =
      "MIGpMIGmBgsqhkiG9w0BCRACPTGBljCBkwIBADAsMQcwBQYDVQQDMQ8wDQYDVQQLDAZteURlcHQxEDAOBgNVBAsMB215"
          + "R3JvdXCgFTATBgcqhkjOPQIBBggqhkjOPQMBB6FJMEcGCyqGSIb3DQEJEAI+MTgwNjAdBgNVHREEFjAUghB3d3cu"
          + "bXlTZXJ2ZXIuY29thwAwDgYDVR0PAQH/BAQDAgOIMAUGA1UdJQ==";
  private static final String RFC_7030_4_5_2 =
      "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==";

  @Test
  void anRsaKeyWishWithItsSizeIsRead() {
    CsrAttributes attributes = parse(RFC_9908_5_4_RSA_4096);

    assertThat(attributes.key()).contains(CsrAttributes.wish(KeyType.RSA_4096));
    assertThat(attributes.demandsChannelBinding()).isTrue();
    assertThat(attributes.elements()).contains(new CsrAttribute.Named("1.2.840.113549.1.1.11"));
  }

  @Test
  void anEcKeyWishWithItsCurveIsRead() {
    CsrAttributes attributes = parse(RFC_9908_5_5_P_384);

    assertThat(attributes.key()).contains(CsrAttributes.wish(KeyType.P_384));
    assertThat(attributes.elements()).contains(new CsrAttribute.Named("2.5.4.5"));
  }

  @Test
  void aWishForOneExtensionIsRead() {
    CsrAttributes attributes = parse(RFC_9908_5_1_ONE_SAN);

    assertThat(attributes.elements())
        .singleElement()
        .isInstanceOfSatisfying(
            CsrAttribute.ExtensionWish.class,
            wish -> {
              assertThat(wish.extensions()).hasSize(1);
              assertThat(wish.extensions().getFirst().oid()).isEqualTo("2.5.29.17");
              assertThat(wish.extensions().getFirst().critical()).isTrue();
            });
  }

  @Test
  void theMacAddressExampleOfRfc7030IsSurvivedButNotBelieved() {
    CsrAttributes attributes = parse(RFC_7030_4_5_2);

    assertThat(attributes.key()).contains(CsrAttributes.wish(KeyType.P_384));
    assertThat(attributes.elements()).noneMatch(CsrAttribute.ExtensionWish.class::isInstance);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        RFC_9908_5_1_ONE_SAN,
        RFC_9908_5_4_RSA_4096,
        RFC_9908_5_5_P_384,
        RFC_9908_3_4_TEMPLATE,
        RFC_7030_4_5_2,
        "MAA="
      })
  void whatIsReadIsWrittenByteForByte(String base64) {
    byte[] der = Base64.getDecoder().decode(base64);

    assertThat(CsrAttributes.parse(der).encode()).isEqualTo(der);
  }

  @Test
  void anEmptySequenceSaysNothing() {
    assertThat(parse("MAA=").isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void everyKeyTypeCanBeWishedFor(KeyType type) {
    CsrAttributes wish = new CsrAttributes(List.of(CsrAttributes.wish(type)));

    assertThat(CsrAttributes.parse(wish.encode())).isEqualTo(wish);
  }

  @Test
  void anEmptySetWishesForAnySizeOrCurve() {
    CsrAttributes any =
        new CsrAttributes(
            List.of(
                new CsrAttribute.KeyWish(
                    "1.2.840.113549.1.1.1", Optional.empty(), OptionalInt.empty())));

    assertThat(CsrAttributes.parse(any.encode()).key()).contains(any.key().orElseThrow());
  }

  @Test
  void severalKeyWishesSayNothing() {
    CsrAttributes two =
        new CsrAttributes(
            List.of(CsrAttributes.wish(KeyType.P_256), CsrAttributes.wish(KeyType.RSA_3072)));

    assertThat(two.key()).isEmpty();
  }

  @Test
  void anExtensionCannotBeWishedForTwice() {
    CertificateExtension extension =
        new CertificateExtension("2.5.29.15", true, Der.of(new byte[] {3, 2, 7, (byte) 0x80}));
    CsrAttributes twice =
        new CsrAttributes(List.of(new CsrAttribute.ExtensionWish(List.of(extension, extension))));

    assertThatThrownBy(twice::encode).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anythingButASequenceIsMalformed() {
    assertThatThrownBy(() -> CsrAttributes.parse(new byte[] {5, 0}))
        .isInstanceOf(MalformedException.class);
  }

  private static CsrAttributes parse(String base64) {
    return CsrAttributes.parse(Base64.getDecoder().decode(base64));
  }
}
