package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.est.wire.CertificationRequestTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.AlternativeName;
import dev.chancery.est.wire.CertificationRequestTemplate.ExtensionTemplate;
import dev.chancery.est.wire.CertificationRequestTemplate.SingleAttribute;
import dev.chancery.est.wire.CsrAttribute;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What csrattrs announces, and that exactly this is what is then taken (RFC 9908).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CsrAttributesTest {
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String ORGANIZATION = "2.5.4.10";

  private Installation chancery;
  private OtherAuthority manufacturer;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    manufacturer = OtherAuthority.create("CN=Maker Root", java.time.Instant.now());
    Files.writeString(temporary.resolve("maker.pem"), manufacturer.certificate().toPem());
    chancery =
        Installation.start(
            temporary,
            """
              coaps: {enabled: true, address: 127.0.0.1, port: 0}
            profiles:
              device: {}
              plant:
                key-types: [p-384]
                subject: "CN={cn},O=Plant"
                alternatives: ["uri:urn:plant"]
                key-usage: [digitalSignature, keyAgreement]
              heavy: {key-types: [rsa-3072, rsa-2048]}
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device}
                - {label: plant, issuer: issuing, profile: plant}
                - {label: heavy, issuer: issuing, profile: heavy}
                - {label: legacy, issuer: issuing, profile: plant, csr-attributes: legacy}
                - {label: template, issuer: issuing, profile: plant, csr-attributes: template}
                - {label: none, issuer: issuing, profile: plant, csr-attributes: none}
                - {label: linked, issuer: issuing, profile: device, channel-binding: required}
                - label: linked-template
                  issuer: issuing
                  profile: device
                  channel-binding: required
                  csr-attributes: template
                - label: devices
                  issuer: issuing
                  profile: device
                  registration-authorities:
                    - subject: CN=ra
                      names: {subjects: ["CN=line-*,O=Plant"]}
                  device-anchors:
                    - {name: maker, file: maker.pem, allow: ["CN=*,O=*"], subject: "CN={cn},O=Maker"}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-190", "EST-195", "EST-192"})
  void whoeverAsksIsToldTheProfilesDemandsInBothForms() {
    CsrAttributes announced = attributes("plant/csrattrs");

    assertThat(announced.key()).contains(CsrAttributes.wish(KeyType.P_384));
    CertificationRequestTemplate template = announced.template().orElseThrow();
    assertThat(template.subject().orElseThrow().attributes())
        .extracting(SingleAttribute::type)
        .containsExactly(ORGANIZATION, COMMON_NAME);
    assertThat(template.subject().orElseThrow().attributes())
        .extracting(SingleAttribute::text)
        .containsExactly(Optional.of("Plant"), Optional.empty());
    assertThat(template.key().orElseThrow().wish()).isEqualTo(CsrAttributes.wish(KeyType.P_384));
    assertThat(template.alternativeNames())
        .containsExactly(new AlternativeName.Given(new GeneralName.Uri("urn:plant")));
    assertThat(template.extensions())
        .extracting(ExtensionTemplate::oid)
        .contains(Extension.keyUsage.getId(), Extension.extendedKeyUsage.getId());
  }

  @Test
  @Requirement({"EST-192", "EST-193", "EST-194"})
  void theOlderFormHasOneKeyWishOneExtensionRequestAndTheHash() {
    CsrAttributes announced = attributes("legacy/csrattrs");

    assertThat(announced.template()).isEmpty();
    assertThat(announced.elements()).hasAtLeastOneElementOfType(CsrAttribute.ExtensionWish.class);
    assertThat(announced.elements().stream().filter(CsrAttribute.KeyWish.class::isInstance))
        .containsExactly(CsrAttributes.wish(KeyType.P_384));
    assertThat(announced.elements())
        .contains(
            new CsrAttribute.Named(COMMON_NAME), new CsrAttribute.Named("1.2.840.10045.4.3.3"));
  }

  @Test
  @Requirement({"EST-190", "EST-195"})
  void eachEndpointAnnouncesInItsOwnForm() {
    assertThat(attributes("template/csrattrs").elements())
        .singleElement()
        .isInstanceOf(CsrAttribute.Template.class);

    Wire.Answer nothing = get("none/csrattrs", Map.of(), Optional.empty());
    assertThat(nothing.status()).isEqualTo(204);
    assertThat(nothing.body().toByteArray()).isEmpty();
    assertThat(nothing.header("Content-Type")).isEmpty();
  }

  @Test
  @Requirement("EST-192")
  void anotherProfileAnnouncesAnotherKey() {
    assertThat(attributes("heavy/csrattrs").key()).contains(CsrAttributes.wish(KeyType.RSA_3072));
    assertThat(attributes("heavy/csrattrs").template().orElseThrow().key().orElseThrow().wish())
        .isEqualTo(CsrAttributes.wish(KeyType.RSA_3072));
  }

  @ParameterizedTest
  @ValueSource(strings = {"linked", "linked-template"})
  @Requirement({"EST-192", "EST-244"})
  void aRequiredChannelBindingIsAnnouncedInEveryForm(String label) {
    assertThat(attributes(label + "/csrattrs").demandsChannelBinding()).isTrue();
    assertThat(attributes("csrattrs").demandsChannelBinding()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plant/", "heavy/", "legacy/", "template/", "linked/"})
  @Requirement({"EST-193", "EST-195"})
  void anotherAsn1ToolReadsWhatIsAnnounced(String label, @TempDir Path folder) throws Exception {
    Program.need("openssl");
    Path file = folder.resolve("csrattrs.der");
    Files.write(file, attributes(label + "csrattrs").encode());

    String text =
        Program.run(folder, "openssl", "asn1parse", "-inform", "DER", "-in", file.toString())
            .succeeded()
            .text();

    assertThat(text).contains("SEQUENCE").doesNotContain("Error");
  }

  @Test
  @Requirement({"EST-190", "EST-197"})
  void whoeverAuthenticatesIsToldItsOwnNames() {
    Credentials.Created credential = chancery.credential("CN=told,O=Own", "dns:told.example");

    Wire.Answer answer = get("csrattrs", basic(credential), Optional.empty());

    CertificationRequestTemplate template = read(answer).template().orElseThrow();
    assertThat(template.subject().orElseThrow().attributes())
        .extracting(SingleAttribute::text)
        .containsExactly(Optional.of("Own"), Optional.of("told"));
    assertThat(template.alternativeNames())
        .containsExactly(new AlternativeName.Given(new GeneralName.DnsName("told.example")));
    assertThat(answer.header("Cache-Control")).contains("no-store");
  }

  @Test
  @Requirement("EST-190")
  void aWrongPasswordIsToldWhatEverybodyIsToldAndAudited() {
    byte[] everybody = attributes("csrattrs").encode();

    Wire.Answer answer = get("csrattrs", basic("nobody", "guess"), Optional.empty());

    assertThat(read(answer).encode()).isEqualTo(everybody);
    assertThat(chancery.lastAudit().event().action()).isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("operation", "csrattrs")
        .containsEntry("code", "credential-unknown");
  }

  @ParameterizedTest(name = "{0} with a credential for {1} {2} of {3}")
  @CsvSource({
    "'', 'CN=follower', '', device",
    "'', 'CN=follower,O=Example', 'dns:f.example', device",
    "'', '', 'dns:only-alternative.example', device",
    "'plant/', 'CN=follower', '', plant",
    "'plant/', 'CN=follower,O=Elsewhere', 'dns:f.example', plant",
    "'heavy/', 'CN=follower', '', heavy",
  })
  @Requirement({"EST-197", "EST-198"})
  void whoeverFollowsTheTemplateToTheLetterGetsExactlyThat(
      String label, String subject, String alternative, String profile) {
    Credentials.Created credential =
        alternative.isEmpty()
            ? chancery.credential(profile, 1, subject)
            : chancery.credential(profile, 1, subject, alternative);
    CertificationRequestTemplate template =
        read(get(label + "csrattrs", basic(credential), Optional.empty())).template().orElseThrow();
    CertificationRequest request = following(template, Map.of());

    Wire.Answer answer = post(label + "simpleenroll", basic(credential), Optional.empty(), request);

    assertThat(certificateIn(answer).names()).isEqualTo(request.template().names());
  }

  @Test
  @Requirement({"EST-197", "EST-084"})
  void aDeviceThatFollowsItsTemplateGetsTheNamesOfTheEndpoint() {
    Wire.Identity device = manufacturer.issue("CN=model-7,O=Factory", java.time.Instant.now());

    CertificationRequestTemplate template =
        read(get("devices/csrattrs", Map.of(), Optional.of(device))).template().orElseThrow();
    Wire.Answer answer =
        post("devices/simpleenroll", pkcs10(), Optional.of(device), following(template, Map.of()));

    assertThat(certificateIn(answer).subject()).hasToString("CN=model-7,O=Maker");
  }

  @Test
  @Requirement({"EST-197", "EST-231"})
  void aRegistrationAuthorityIsToldWhatToFillIn() {
    var made = Installation.request("CN=ra");
    Certificate own =
        certificateIn(
            chancery.enroll(chancery.credential("registration-authority", 1, "CN=ra"), made));
    Optional<Wire.Identity> authority =
        Optional.of(new Wire.Identity(made.keyPair(), List.of(own)));

    CertificationRequestTemplate template =
        read(get("devices/csrattrs", Map.of(), authority)).template().orElseThrow();
    Wire.Answer answer =
        post(
            "devices/simpleenroll",
            pkcs10(),
            authority,
            following(template, Map.of(COMMON_NAME, "line-7")));

    assertThat(certificateIn(answer).subject()).hasToString("CN=line-7,O=Plant");
  }

  @Test
  @Requirement({"EST-100", "EST-197"})
  void aRenewalThatFollowsTheTemplateKeepsItsNames() {
    Wire.Identity device = chancery.device("CN=renewer,O=Example", "dns:r.example");

    CertificationRequestTemplate template =
        read(get("csrattrs", Map.of(), Optional.of(device))).template().orElseThrow();
    Wire.Answer answer =
        post("simplereenroll", pkcs10(), Optional.of(device), following(template, Map.of()));

    assertThat(certificateIn(answer).names()).isEqualTo(device.chain().getFirst().names());
  }

  @Test
  @Requirement("EST-198")
  void aRequestThatIgnoresTheTemplateAndAsksForNothingWrongIsGranted() {
    Credentials.Created credential = chancery.credential("plant", 1, "CN=silent");
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=silent", List.of()), KeyPairs.generate(KeyType.P_384))
            .build();

    Wire.Answer answer = post("plant/simpleenroll", basic(credential), Optional.empty(), request);

    assertThat(certificateIn(answer).subject()).hasToString("CN=silent,O=Plant");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "subject, 'the subject''s O is \"Bank\" and not the announced one', name-not-entitled",
    "key, 'the key is p-256 and the announced one p-384', key-type-not-allowed",
    "alternative, '\"dns:bank.example\" is not announced', name-not-entitled",
    "key usage, 'the key usage keyCertSign is not announced', extension-not-allowed",
    "extended key usage, '1.3.6.1.5.5.7.3.28 is not announced', extension-not-allowed",
  })
  @Requirement("EST-198")
  void theFirstDeviationFromTheTemplateIsNamed(String what, String words, String code) {
    Credentials.Created credential = chancery.credential("plant", 1, "CN=deviant");
    KeyType key = what.equals("key") ? KeyType.P_256 : KeyType.P_384;
    String subject = what.equals("subject") ? "CN=deviant,O=Bank" : "CN=deviant,O=Plant";
    List<String> alternatives =
        what.equals("alternative") ? List.of("dns:bank.example") : List.of("uri:urn:plant");
    CertificationRequestBuilder builder =
        CertificationRequestBuilder.builder(
            SubjectNames.parse(subject, alternatives), KeyPairs.generate(key));
    if (what.equals("key usage")) {
      builder.extension(Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.keyCertSign));
    }
    if (what.equals("extended key usage")) {
      builder.extension(
          Extension.extendedKeyUsage.getId(),
          false,
          new ExtendedKeyUsage(
              KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.28"))));
    }

    Wire.Answer answer =
        post("plant/simpleenroll", basic(credential), Optional.empty(), builder.build());

    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains("the first deviation from csrattrs").contains(words, code);
  }

  @Test
  @Requirement({"EST-081", "EST-198"})
  void somebodyElsesNameIsAMatterOfRightsAndNotOfForm() {
    Credentials.Created credential = chancery.credential("plant", 1, "CN=modest");
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=ceo,O=Plant", List.of()), KeyPairs.generate(KeyType.P_384))
            .build();

    Wire.Answer answer = post("plant/simpleenroll", basic(credential), Optional.empty(), request);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("name-not-entitled").doesNotContain("csrattrs");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {"", "plant/", "heavy/", "legacy/", "template/", "devices/", "devices/ of a maker"})
  @Requirement("EST-200")
  void overCoapTheSameRequesterIsToldTheSame(String which) {
    String endpoint = which.split(" ", 2)[0];
    Wire.Identity device =
        which.endsWith("maker")
            ? manufacturer.issue("CN=model-8,O=Factory", java.time.Instant.now())
            : chancery.device("CN=both-ways,O=Plant", "dns:both-ways.example");
    Wire.Answer overHttps = get(endpoint + "csrattrs", Map.of(), Optional.of(device));
    try (CoapsClient client =
        CoapsClient.connect(
            chancery.server().coapsPort().orElseThrow(), chancery.server().root(), device)) {
      Response overCoap = client.get(endpoint + "att");

      assertThat(overCoap.getCode()).isEqualTo(ResponseCode.CONTENT);
      assertThat(overCoap.getOptions().getContentFormat()).isEqualTo(285);
      assertThat(overHttps.status()).isEqualTo(200);
      assertThat(overHttps.header("Cache-Control")).contains("no-store");
      assertThat(overCoap.getPayload())
          .isEqualTo(Base64.getMimeDecoder().decode(overHttps.body().toByteArray()));
    }
  }

  /// A request with everything that the template says and nothing else.
  private static CertificationRequest following(
      CertificationRequestTemplate template, Map<String, String> values) {
    X500NameBuilder subject = new X500NameBuilder();
    template.subject().stream()
        .flatMap(wanted -> wanted.attributes().stream())
        .forEach(attribute ->
            subject.addRDN(
                new ASN1ObjectIdentifier(attribute.type()),
                attribute
                    .value()
                    .map(value ->
                        (org.bouncycastle.asn1.ASN1Encodable) primitive(value.toByteArray()))
                    .orElseGet(() ->
                        new DERUTF8String(
                            Optional.ofNullable(values.get(attribute.type())).orElseThrow()))));
    List<GeneralName> alternatives =
        template.alternativeNames().stream()
            .map(name -> ((AlternativeName.Given) name).name())
            .toList();
    KeyType type =
        Arrays.stream(KeyType.values())
            .filter(one -> template.key().orElseThrow().wish().equals(CsrAttributes.wish(one)))
            .findFirst()
            .orElseThrow();
    CertificationRequestBuilder builder =
        CertificationRequestBuilder.builder(
            new SubjectNames(DistinguishedName.of(subject.build()), alternatives),
            KeyPairs.generate(type));
    for (ExtensionTemplate extension : template.extensions()) {
      if (!extension.oid().equals(Extension.subjectAlternativeName.getId())) {
        builder.extension(
            extension.oid(),
            extension.critical(),
            primitive(extension.value().orElseThrow().toByteArray()));
      }
    }
    return builder.build();
  }

  private static ASN1Primitive primitive(byte[] der) {
    try {
      return ASN1Primitive.fromByteArray(der);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private CsrAttributes attributes(String operation) {
    return read(get(operation, Map.of(), Optional.empty()));
  }

  private static CsrAttributes read(Wire.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).contains("application/csrattrs");
    return CsrAttributes.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray()));
  }

  private Wire.Answer get(
      String operation, Map<String, String> headers, Optional<Wire.Identity> identity) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", identity)) {
      return wire.send("GET", "/.well-known/est/" + operation, headers, new byte[0]);
    }
  }

  private Wire.Answer post(
      String operation,
      Map<String, String> headers,
      Optional<Wire.Identity> identity,
      CertificationRequest request) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", identity)) {
      return wire.send(
          "POST", "/.well-known/est/" + operation, headers, base64(request.der().toByteArray()));
    }
  }
}
