package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.certificateIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.wire.MultipartCore;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.KeyDecryption;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.cms.ServerGeneratedKey;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.LinkFormat;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys that the server makes, over EST-coaps (RFC 9148 §4.8), with Californium's client.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoapServerKeysTest {
  private static final String SHARED_KEY = "000102030405060708090a0b0c0d0e0f1011121314151617";

  private static final String CONFIGURATION =
      """
        coaps: {enabled: true, address: 127.0.0.1, port: 0}
      profiles:
        device: {}
        decrypting: {key-usage: [digitalSignature, keyAgreement]}
        guarded: {approval: manual, retry-after: 7s}
      est:
        endpoints:
          - label: ""
          - label: made
            server-keys:
              delivery: plain
              symmetric-keys:
                - {id: device-1, file: device-1.key}
          - label: encrypted
            server-keys: {delivery: encrypted}
          - label: slow
            server-keys: {delivery: plain}
            device-anchors:
              - name: maker
                file: maker.pem
                allow: ["CN=*,2.5.4.5=SN-*"]
                profile: guarded
                subject: "CN={serialNumber}"
                alternatives: []
      """;

  private Installation chancery;
  private OtherAuthority maker;
  private Wire.Identity device;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Path file =
        Files.createFile(
            folder.resolve("device-1.key"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, SHARED_KEY + "\n");
    maker = OtherAuthority.create("CN=Maker Root", Instant.now());
    Files.writeString(folder.resolve("maker.pem"), maker.certificate().toPem());
    chancery = Installation.start(folder, CONFIGURATION);
    device = chancery.device("CN=sensor-1");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @ParameterizedTest(name = "{0}: 284 and {1}")
  @CsvSource({"skg, 281", "skc, 287"})
  @Requirement({"EST-312", "EST-161"})
  void aKeyComesInTheClearWithTheCertificateThatBelongsToIt(String operation, int format) {
    CertificationRequest hint = builder("CN=sensor-1").build();
    try (CoapsClient client = connect(device)) {
      Response response = client.post("made/" + operation, hint.der().toByteArray());

      MultipartCore message = messageIn(response);
      Certificate certificate = certificate(message.second(), format);
      assertThat(message.first().contentFormat()).isEqualTo(284);
      assertThat(certificate.subject()).hasToString("CN=sensor-1");
      assertThat(certificate.subjectPublicKeyInfo())
          .isNotEqualTo(hint.template().subjectPublicKey());
      assertThat(
              KeyPairs.belongTogether(
                  KeyPairs.privateKeyOf(message.first().content().toByteArray()),
                  certificate.subjectPublicKeyInfo()))
          .isTrue();
      assertThat(chancery.issued().getFirst().certificate()).isEqualTo(certificate);
    }
  }

  @ParameterizedTest(name = "{0}: 280 and {1}")
  @CsvSource({"skg, 281", "skc, 287"})
  @Requirement({"EST-312", "EST-167"})
  void aKeyComesEncryptedBySharedKeyWhereTheRequestAsksForThat(String operation, int format) {
    Der identifier = KeyEncryptionKey.identifier("device-1");
    byte[] csr =
        builder("CN=sensor-1")
            .decryptKeyIdentifier(identifier, SmimeCapabilities.of("2.16.840.1.101.3.4.1.25"))
            .build()
            .der()
            .toByteArray();
    try (CoapsClient client = connect(device)) {
      MultipartCore message = messageIn(client.post("made/" + operation, csr));

      assertOpens(
          message,
          format,
          new KeyDecryption.BySharedKey(KeyEncryptionKey.parse(identifier, SHARED_KEY)));
    }
  }

  @ParameterizedTest(name = "{0}: 280 and {1}")
  @CsvSource({"skg, 281", "skc, 287"})
  @Requirement({"EST-312", "EST-168"})
  void aKeyComesEncryptedForTheCertificateOfTheSession(String operation, int format) {
    Wire.Identity holder = decrypting("CN=holder-" + operation);
    var decryption =
        new KeyDecryption.ByCertificate(holder.keyPair().getPrivate(), holder.chain().getFirst());
    byte[] csr =
        builder("CN=holder-" + operation)
            .asymmetricDecryptKeyIdentifier(decryption.keyIdentifier(), SmimeCapabilities.ours())
            .build()
            .der()
            .toByteArray();
    try (CoapsClient client = connect(holder)) {
      MultipartCore message = messageIn(client.post("encrypted/" + operation, csr));

      assertOpens(message, format, decryption);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"skg", "skc"})
  @Requirement({"EST-312", "EST-170"})
  void whereEncryptionIsDemandedNoKeyLeavesWithoutIt(String operation) {
    int before = chancery.issued().size();
    try (CoapsClient client = connect(device)) {
      Response response = client.post("encrypted/" + operation, plain("CN=sensor-1"));

      assertThat(response.getCode()).isEqualTo(ResponseCode.BAD_REQUEST);
      assertThat(response.getPayloadString()).contains("key-encryption-missing");
    }
    assertThat(chancery.issued()).hasSize(before);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("operation", operation)
        .containsEntry("code", "key-encryption-missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"skg", "skc"})
  @Requirement({"EST-312", "EST-160"})
  void anEndpointMakesNoKeysUnlessItIsTold(String operation) {
    try (CoapsClient client = connect(device)) {
      assertThat(client.post(operation, plain("CN=sensor-1")).getCode())
          .isEqualTo(ResponseCode.NOT_FOUND);
    }
  }

  @Test
  @Requirement({"EST-301", "EST-312"})
  void discoveryShowsWhichEndpointsMakeKeys() {
    try (CoapsClient client = connect(device)) {
      Request request = client.request(Code.GET, "/.well-known/core");
      request.getOptions().addUriQuery("rt=ace.est.sk*");

      Response links = client.send(request);

      assertThat(LinkFormat.parse(links.getPayloadString()))
          .extracting(link -> link.getURI())
          .containsExactlyInAnyOrder(
              "/.well-known/est/made/skg",
              "/.well-known/est/made/skc",
              "/.well-known/est/encrypted/skg",
              "/.well-known/est/encrypted/skc",
              "/.well-known/est/slow/skg",
              "/.well-known/est/slow/skc");
      assertThat(links.getPayloadString())
          .contains("rt=\"ace.est.skg\"", "rt=\"ace.est.skc\"", "ct=62");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"skg", "skc"})
  @Requirement({"EST-309", "EST-312", "EST-172"})
  void aRequestThatWaitsIs503AndTheKeyIsMadeWhenTheOperatorHasApproved(String operation) {
    Wire.Identity patient = maker.issue("CN=Model X,2.5.4.5=SN-" + operation, Instant.now());
    byte[] csr = plain("CN=SN-" + operation);
    try (CoapsClient client = connect(patient)) {
      Response waits = client.post("slow/" + operation, csr);
      Response still = client.post("slow/" + operation, csr);
      var waiting =
          chancery.services().pendingRequests().list(10).stream()
              .filter(one -> one.names().subject().toString().equals("CN=SN-" + operation))
              .toList();
      chancery.services().pendingRequests().approve(waiting.getFirst().ticket(), "test");
      MultipartCore message = messageIn(client.post("slow/" + operation, csr));

      assertThat(waits.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
      assertThat(waits.getOptions().getMaxAge()).isEqualTo(7);
      assertThat(still.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
      assertThat(waiting).hasSize(1);
      assertThat(message.first().contentFormat()).isEqualTo(284);
    }
  }

  @Test
  @Requirement({"EST-307", "EST-312"})
  void whatCannotBeReadOrHandedOverMakesNoKey() {
    int before = chancery.issued().size();
    try (CoapsClient client = connect(device)) {
      Request other = client.request(Code.POST, "/.well-known/est/made/skg");
      other.getOptions().setContentFormat(286).setAccept(281);
      other.setPayload(plain("CN=sensor-1"));
      Request unnamed = client.request(Code.POST, "/.well-known/est/made/skg");
      unnamed.setPayload(plain("CN=sensor-1"));
      unnamed.getOptions().removeContentFormat();

      assertThat(client.send(other).getCode()).isEqualTo(ResponseCode.NOT_ACCEPTABLE);
      assertThat(client.send(unnamed).getCode()).isEqualTo(ResponseCode.UNSUPPORTED_CONTENT_FORMAT);
      assertThat(client.post("made/skg", new byte[] {0x30}).getCode())
          .isEqualTo(ResponseCode.BAD_REQUEST);
    }
    assertThat(chancery.issued()).hasSize(before);
  }

  @Test
  @Requirement("EST-312")
  void aOneTimePasswordInTheRequestIsRefused() {
    byte[] csr = builder("CN=sensor-1").otpChallenge("id:secret").build().der().toByteArray();
    try (CoapsClient client = connect(device)) {
      Response response = client.post("made/skg", csr);

      assertThat(response.getCode()).isEqualTo(ResponseCode.BAD_REQUEST);
      assertThat(response.getPayloadString()).contains("otpChallenge");
    }
  }

  @Test
  @Requirement({"EST-312", "EST-162"})
  void namesThatBelongToSomebodyElseGetNoKey() {
    int before = chancery.issued().size();
    try (CoapsClient client = connect(device)) {
      assertThat(client.post("made/skc", plain("CN=somebody-else")).getCode())
          .isEqualTo(ResponseCode.FORBIDDEN);
    }
    assertThat(chancery.issued()).hasSize(before);
  }

  private static MultipartCore messageIn(Response response) {
    if (!response.isSuccess()) {
      throw new AssertionError(response.getCode() + ": " + response.getPayloadString());
    }
    assertThat(response.getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(response.getOptions().getContentFormat()).isEqualTo(62);
    return MultipartCore.parse(response.getPayload());
  }

  private static Certificate certificate(MultipartCore.Part part, int format) {
    assertThat(part.contentFormat()).isEqualTo(format);
    byte[] content = part.content().toByteArray();
    return format == 287 ? Certificate.parse(content) : CertsOnly.parse(content).getFirst();
  }

  private static void assertOpens(MultipartCore message, int format, KeyDecryption by) {
    Certificate certificate = certificate(message.second(), format);
    assertThat(message.first().contentFormat()).isEqualTo(280);
    try (var opened = ServerGeneratedKey.open(message.first().content().toByteArray(), by)) {
      assertThat(
              KeyPairs.belongTogether(
                  KeyPairs.privateKeyOf(opened.pkcs8()), certificate.subjectPublicKeyInfo()))
          .isTrue();
      assertThat(opened.signer().subject()).hasToString("CN=localhost");
    }
  }

  private CoapsClient connect(Wire.Identity identity) {
    return CoapsClient.connect(
        chancery.server().coapsPort().orElseThrow(), chancery.server().root(), identity);
  }

  private Wire.Identity decrypting(String subject) {
    KeyPair pair = KeyPairs.generate(KeyType.P_256);
    var made = new Installation.Made(builder(subject, pair).build(), pair);
    Certificate certificate =
        certificateIn(chancery.enroll(chancery.credential("decrypting", 1, subject), made));
    return new Wire.Identity(pair, List.of(certificate));
  }

  private static byte[] plain(String subject) {
    return builder(subject).build().der().toByteArray();
  }

  private static CertificationRequestBuilder builder(String subject) {
    return builder(subject, KeyPairs.generate(KeyType.P_256));
  }

  private static CertificationRequestBuilder builder(String subject, KeyPair key) {
    return CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of()), key);
  }
}
