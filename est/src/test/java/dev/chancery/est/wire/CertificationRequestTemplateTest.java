package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.est.wire.CertificationRequestTemplate.AlternativeName;
import dev.chancery.est.wire.CertificationRequestTemplate.Attribute;
import dev.chancery.est.wire.CertificationRequestTemplate.ExtensionTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.KeyDemand;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CertificationRequestTemplate.Subject;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.GeneralName;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CertificationRequestTemplateTest {
  /// The answer of RFC 9908 §3.4, encoded by the RFC's module.
  private static final String RFC_9908_3_4 =
      "MIGpMIGmBgsqhkiG9w0BCRACPTGBljCBkwIBADAsMQcwBQYDVQQDMQ8wDQYDVQQLDAZteURlcHQxEDAOBgNVBAsMB215"
          + "R3JvdXCgFTATBgcqhkjOPQIBBggqhkjOPQMBB6FJMEcGCyqGSIb3DQEJEAI+MTgwNjAdBgNVHREEFjAUghB3d3cu"
          + "bXlTZXJ2ZXIuY29thwAwDgYDVR0PAQH/BAQDAgOIMAUGA1UdJQ==";

  private static final String COMMON_NAME = "2.5.4.3";
  private static final String ORGANIZATIONAL_UNIT = "2.5.4.11";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final Der DIGITAL_SIGNATURE = hex("03020780");

  @Test
  void theExampleOfRfc9908IsRead() {
    CertificationRequestTemplate template = answer(RFC_9908_3_4).template().orElseThrow();

    assertThat(template.subject().orElseThrow().attributes())
        .extracting(SingleAttribute::type)
        .containsExactly(COMMON_NAME, ORGANIZATIONAL_UNIT, ORGANIZATIONAL_UNIT);
    assertThat(template.subject().orElseThrow().attributes())
        .extracting(SingleAttribute::text)
        .containsExactly(Optional.empty(), Optional.of("myDept"), Optional.of("myGroup"));
    assertThat(template.key()).contains(KeyDemand.of(KeyType.P_256));
    assertThat(template.alternativeNames())
        .containsExactly(
            new AlternativeName.Given(new GeneralName.DnsName("www.myserver.com")),
            new AlternativeName.ToFillIn(AlternativeName.ToFillIn.Kind.IP_ADDRESS));
    assertThat(template.extension(KEY_USAGE))
        .hasValueSatisfying(usage -> {
          assertThat(usage.critical()).isTrue();
          assertThat(usage.isPartial()).isFalse();
        });
    assertThat(template.extension(EXTENDED_KEY_USAGE))
        .hasValueSatisfying(usage -> assertThat(usage.isPartial()).isTrue());
  }

  @Test
  void theExampleOfRfc9908IsWrittenByteForByte() {
    CsrAttributes answer = answer(RFC_9908_3_4);
    CsrAttributes rebuilt =
        new CsrAttributes(List.of(new CsrAttribute.Template(answer.template().orElseThrow())));

    assertThat(Base64.getEncoder().encodeToString(rebuilt.encode())).isEqualTo(RFC_9908_3_4);
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void everyKeyTypeCanBeDemanded(KeyType type) {
    CertificationRequestTemplate template =
        CertificationRequestTemplate.of(
            Optional.empty(), Optional.of(KeyDemand.of(type)), List.of());

    CertificationRequestTemplate read = CertificationRequestTemplate.parse(template.encode());

    assertThat(read).isEqualTo(template);
    assertThat(read.key().orElseThrow().wish()).isEqualTo(CsrAttributes.wish(type));
    assertThat(read.key().orElseThrow().placeholder().isPresent()).isEqualTo(type.isRsa());
  }

  @Test
  void anRsaKeyOfAnyLengthHasNoPlaceholder() {
    KeyDemand any = KeyDemand.anyRsa();

    assertThat(any.placeholder()).isEmpty();
    assertThat(any.wish()).isEqualTo(CsrAttributes.ANY_RSA);
  }

  @Test
  void nothingDemandedIsATemplateWithEmptyAttributes() {
    CertificationRequestTemplate nothing =
        CertificationRequestTemplate.of(Optional.empty(), Optional.empty(), List.of());

    assertThat(nothing.encode()).isEqualTo(hex("3005020100a100"));
    assertThat(CertificationRequestTemplate.parse(nothing.encode()).isEmpty()).isTrue();
  }

  @Test
  void extensionsWithTheirValuesAreAWholeRequestAndOthersAPartialOne() {
    ExtensionTemplate whole =
        new ExtensionTemplate(KEY_USAGE, true, Optional.of(DIGITAL_SIGNATURE));
    ExtensionTemplate partial =
        new ExtensionTemplate(SUBJECT_ALTERNATIVE_NAME, false, Optional.empty());

    assertThat(of(whole).attributes())
        .singleElement()
        .isInstanceOf(Attribute.ExtensionRequest.class);
    assertThat(of(whole, partial).attributes())
        .singleElement()
        .isInstanceOf(Attribute.ExtensionRequestTemplate.class);
  }

  @Test
  void anEmptyDirectoryNameIsToBeFilledIn() {
    ExtensionTemplate names =
        new ExtensionTemplate(SUBJECT_ALTERNATIVE_NAME, false, Optional.of(hex("3004a4023000")));

    assertThat(names.isPartial()).isTrue();
    assertThat(of(names).alternativeNames())
        .containsExactly(
            new AlternativeName.ToFillIn(AlternativeName.ToFillIn.Kind.DIRECTORY_NAME));
  }

  @Test
  void aSubjectThatDemandsNothingIsRefused() {
    assertThatThrownBy(() -> new Subject(List.of()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("absent");
    assertThatThrownBy(() -> new Subject(List.of(List.of())))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void bothKindsOfExtensionRequestsTogetherAreRefused() {
    var whole =
        new Attribute.ExtensionRequest(
            List.of(new CertificateExtension(KEY_USAGE, true, DIGITAL_SIGNATURE)));
    var partial =
        new Attribute.ExtensionRequestTemplate(
            List.of(new ExtensionTemplate(EXTENDED_KEY_USAGE, false, Optional.empty())));

    assertThatThrownBy(() -> template(whole, partial))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("both id-ExtensionReq and id-aa-extensionReqTemplate");
  }

  @Test
  void anAttributeTwiceIsRefused() {
    var partial =
        new Attribute.ExtensionRequestTemplate(
            List.of(new ExtensionTemplate(EXTENDED_KEY_USAGE, false, Optional.empty())));

    assertThatThrownBy(() -> template(partial, partial))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void anExtensionTwiceIsRefused() {
    ExtensionTemplate usage =
        new ExtensionTemplate(KEY_USAGE, true, Optional.of(DIGITAL_SIGNATURE));

    assertThatThrownBy(() -> of(usage, usage))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void aPlaceholderForAnEcKeyIsRefused() {
    Der ecP256 = KeyDemand.of(KeyType.P_256).algorithm();
    Optional<Der> rsa = KeyDemand.of(KeyType.RSA_2048).placeholder();

    assertThatThrownBy(() -> new KeyDemand(ecP256, rsa))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("placeholder");
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "3005020101a100, version",
    "3003020100, no attributes field",
    "30070201003000a100, has to be absent",
    "3007020100a1020500, is no CertificationRequestInfoTemplate",
    "3007020100a1003000, or has others",
    "301d020100a118301606092a864886f70d01090e3109300730050603551d0f, without value stands in id-ExtensionReq",
    "3016020100a111300f060b2a864886f70d010910023e3100, exactly one value",
    "3018020100a1133011060b2a864886f70d010910023e31023000, names none",
    "3039020100a1343018060b2a864886f70d010910023e3109300730050603551d0f301806092a864886f70d01090e310b300930070603551d0e0400, both id-ExtensionReq",
    "3023020100a11e301c060b2a864886f70d010910023e310d300b30090603551d0f04000400, field too many",
  })
  void aTemplateThatBreaksARuleIsReportedAndNotFollowed(String hex, String words) {
    CsrAttributes answer = wrapped(HexFormat.of().parseHex(hex));

    assertThat(answer.elements()).singleElement().isInstanceOf(CsrAttribute.BrokenTemplate.class);
    assertThatThrownBy(answer::template)
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(words);
  }

  @Test
  void twoTemplatesAreOneTooMany() {
    CsrAttribute.Template template =
        new CsrAttribute.Template(
            CertificationRequestTemplate.of(Optional.empty(), Optional.empty(), List.of()));
    CsrAttributes two = new CsrAttributes(List.of(template, template));

    assertThatThrownBy(two::template).isInstanceOf(MalformedException.class);
  }

  @Test
  void theDemandForAChannelBindingStandsBesideTheTemplate() {
    CsrAttribute.Template template =
        new CsrAttribute.Template(
            CertificationRequestTemplate.of(Optional.empty(), Optional.empty(), List.of()));
    CsrAttribute.Named challengePassword = new CsrAttribute.Named(CsrAttributes.CHALLENGE_PASSWORD);

    assertThat(new CsrAttributes(List.of(template)).demandsChannelBinding()).isFalse();
    assertThat(new CsrAttributes(List.of(template, challengePassword)).demandsChannelBinding())
        .isTrue();
  }

  /// One template attribute in an answer; everything stays below 128 bytes.
  private static CsrAttributes wrapped(byte[] template) {
    byte[] attribute =
        HexFormat.of()
            .parseHex(
                "30%02x30%02x060b2a864886f70d010910023d31%02x"
                        .formatted(template.length + 17, template.length + 15, template.length)
                    + HexFormat.of().formatHex(template));
    return CsrAttributes.parse(attribute);
  }

  private static CertificationRequestTemplate of(ExtensionTemplate... extensions) {
    return CertificationRequestTemplate.of(Optional.empty(), Optional.empty(), List.of(extensions));
  }

  private static CertificationRequestTemplate template(Attribute... attributes) {
    return new CertificationRequestTemplate(
        Optional.empty(), Optional.empty(), List.of(attributes));
  }

  private static CsrAttributes answer(String base64) {
    return CsrAttributes.parse(Base64.getDecoder().decode(base64));
  }

  private static Der hex(String hex) {
    return Der.of(HexFormat.of().parseHex(hex));
  }
}
