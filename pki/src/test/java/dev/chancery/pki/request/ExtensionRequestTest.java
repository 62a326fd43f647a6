package dev.chancery.pki.request;

import static dev.chancery.pki.request.RawRequest.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-086: both encodings of the extension request are read; what is said twice is refused.
class ExtensionRequestTest {
  private static final String STANDARD = "1.2.840.113549.1.9.14";
  private static final String MICROSOFT = "1.3.6.1.4.1.311.2.1.14";

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {STANDARD, MICROSOFT})
  void extensionsAreReadUnderEitherIdentifier(String oid) throws IOException {
    CertificationRequest request =
        CertificationRequest.parse(
            RawRequest.with(attribute(oid, extensions(alternatives("a.example"), authority()))));

    assertThat(request.template().names().alternatives())
        .containsExactly(GeneralName.parse("dns:a.example"));
    assertThat(request.template().extensions())
        .extracting(CertificateExtension::oid)
        .containsExactly(
            Extension.subjectAlternativeName.getId(), Extension.basicConstraints.getId());
  }

  @Test
  void twoExtensionRequestsAreRefused() throws IOException {
    ASN1Encodable extensions = extensions(alternatives("a.example"));
    byte[] same = RawRequest.with(attribute(STANDARD, extensions), attribute(STANDARD, extensions));
    byte[] oneOfEach =
        RawRequest.with(attribute(STANDARD, extensions), attribute(MICROSOFT, extensions));
    byte[] twoValues = RawRequest.with(attribute(STANDARD, extensions, extensions));

    assertThatThrownBy(() -> CertificationRequest.parse(same))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the request has the attribute " + STANDARD + " twice");
    assertThatThrownBy(() -> CertificationRequest.parse(oneOfEach))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> CertificationRequest.parse(twoValues))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("exactly one value");
  }

  @Test
  void aRepeatedExtensionIsRefused() throws IOException {
    byte[] request =
        RawRequest.with(
            attribute(STANDARD, extensions(alternatives("a.example"), alternatives("b.example"))));

    assertThatThrownBy(() -> CertificationRequest.parse(request))
        .isInstanceOf(MalformedException.class)
        .hasMessage("the request asks for the extension 2.5.29.17 twice");
  }

  @Test
  void anEmptyExtensionRequestAsksForNothing() {
    CertificationRequest request =
        CertificationRequest.parse(RawRequest.with(attribute(STANDARD, new DERSequence())));

    assertThat(request.template().extensions()).isEmpty();
  }

  @Test
  void anAttributeThatNobodyKnowsIsKeptAsItIs() {
    CertificationRequest request =
        CertificationRequest.parse(RawRequest.with(attribute("1.2.3.4", DERNull.INSTANCE)));

    assertThat(request.attributes())
        .singleElement()
        .isInstanceOfSatisfying(
            RequestAttribute.Unrecognized.class,
            unknown -> assertThat(unknown.oid()).isEqualTo("1.2.3.4"));
  }

  @Test
  void aRepeatedUnknownAttributeIsRefused() {
    byte[] request =
        RawRequest.with(
            attribute("1.2.3.4", DERNull.INSTANCE), attribute("1.2.3.4", DERNull.INSTANCE));

    assertThatThrownBy(() -> CertificationRequest.parse(request))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void attributesAndExtensionsAreBoundedInNumber() {
    List<ASN1Encodable> attributes = new ArrayList<>();
    List<ASN1Encodable> extensions = new ArrayList<>();
    for (int i = 0; i < 33; i++) {
      attributes.add(attribute("1.2.3." + i, DERNull.INSTANCE));
      extensions.add(extension("1.2.3." + i, new byte[] {5, 0}));
    }
    byte[] many = RawRequest.with(attributes.toArray(ASN1Encodable[]::new));
    byte[] wide =
        RawRequest.with(attribute(STANDARD, extensions(extensions.toArray(ASN1Encodable[]::new))));

    assertThatThrownBy(() -> CertificationRequest.parse(many))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("32");
    assertThatThrownBy(() -> CertificationRequest.parse(wide))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("32");
  }

  /// EST-030: the octets of an extension are no part of the outer DER that is looked over first.
  @ParameterizedTest(name = "{0} levels")
  @ValueSource(ints = {100, 5000})
  void aNestingBombInsideAnExtensionIsRefused(int depth) {
    byte[] bomb = new byte[2 * depth];
    for (int i = 0; i < bomb.length; i += 2) {
      bomb[i] = 0x30;
      bomb[i + 1] = (byte) 0x80;
    }
    byte[] request =
        RawRequest.with(
            attribute(
                STANDARD, extensions(extension(Extension.subjectAlternativeName.getId(), bomb))));

    assertThatThrownBy(() -> CertificationRequest.parse(request))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void alternativesThatAreNoGeneralNamesAreRefused() {
    String san = Extension.subjectAlternativeName.getId();
    byte[] text =
        RawRequest.with(attribute(STANDARD, extensions(extension(san, new byte[] {12, 1, 97}))));
    byte[] trailing =
        RawRequest.with(
            attribute(
                STANDARD, extensions(extension(san, new byte[] {0x30, 3, (byte) 0x82, 1, 97, 0}))));

    assertThatThrownBy(() -> CertificationRequest.parse(text))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> CertificationRequest.parse(trailing))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void theBuilderMakesWhatTheParserReads() {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    SubjectNames names = SubjectNames.parse("CN=a,O=b", List.of("dns:a.example", "ip:10.0.0.1"));

    CertificationRequest request =
        CertificationRequestBuilder.builder(names, key)
            .challengePassword("secret")
            .extension(Extension.basicConstraints.getId(), true, new BasicConstraints(true))
            .attribute("1.2.3", new DERUTF8String("x"))
            .build();

    assertThat(request.template().names()).isEqualTo(names);
    assertThat(request.challengePassword().orElseThrow().value()).isEqualTo("secret");
    assertThat(request.template().extensions()).hasSize(2);
    assertThat(ProofOfPossession.verify(request).key())
        .isEqualTo(request.template().subjectPublicKey());
  }

  private static ASN1Encodable extensions(ASN1Encodable... extensions) {
    return RawRequest.sequence(List.of(extensions));
  }

  private static ASN1Encodable alternatives(String host) throws IOException {
    return extension(
        Extension.subjectAlternativeName.getId(),
        new GeneralNames(GeneralName.parse("dns:" + host).toAsn1()).getEncoded());
  }

  private static ASN1Encodable authority() throws IOException {
    return extension(Extension.basicConstraints.getId(), new BasicConstraints(true).getEncoded());
  }

  private static ASN1Encodable extension(String oid, byte[] value) {
    return RawRequest.sequence(List.of(new ASN1ObjectIdentifier(oid), new DEROctetString(value)));
  }
}
