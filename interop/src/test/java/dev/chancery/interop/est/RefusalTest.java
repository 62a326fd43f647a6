package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever is wrong with a request: the right status, one plain sentence, an audit entry; nothing
/// issued and nothing used.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalTest {
  private static final String ENROLL = "/.well-known/est/simpleenroll";

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery = Installation.start(folder, "");
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> badBodies() {
    byte[] der = request("CN=bad").request().der().toByteArray();
    byte[] flippedInfo = der.clone();
    flippedInfo[20] ^= 1;
    byte[] flippedSignature = der.clone();
    flippedSignature[der.length - 1] ^= 1;
    byte[] trailing = java.util.Arrays.copyOf(der, der.length + 3);
    byte[] nested = new byte[400];
    for (int i = 0; i < 100; i++) {
      nested[4 * i] = 0x30;
      nested[4 * i + 1] = (byte) 0x82;
      nested[4 * i + 2] = (byte) ((400 - 4 * i - 4) >> 8);
      nested[4 * i + 3] = (byte) (400 - 4 * i - 4);
    }
    String url = new String(base64(der), StandardCharsets.US_ASCII).replace('+', '-');
    return Stream.of(
        arguments("an empty body", new byte[0], "malformed"),
        arguments("raw DER", der, "malformed"),
        arguments("words", "hello, world!".getBytes(StandardCharsets.US_ASCII), "malformed"),
        arguments(
            "the URL alphabet",
            (url.contains("-") ? url : "-" + url).getBytes(StandardCharsets.US_ASCII),
            "malformed"),
        arguments(
            "wrong padding",
            new String(base64(der), StandardCharsets.US_ASCII)
                .replaceAll("=*\\s*$", "===")
                .getBytes(StandardCharsets.US_ASCII),
            "malformed"),
        arguments("bytes behind the request", base64(trailing), "malformed"),
        arguments("a request cut short", base64(java.util.Arrays.copyOf(der, 90)), "malformed"),
        arguments("100-fold nesting", base64(nested), "malformed"),
        arguments("a bare NULL", base64(new byte[] {5, 0}), "malformed"),
        arguments("a flipped bit in the names", base64(flippedInfo), ""),
        arguments(
            "a flipped bit in the signature",
            base64(flippedSignature),
            "proof-of-possession-invalid"),
        arguments("a short RSA key", rsaRequest(1024), "key-weak"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badBodies")
  @Requirement({"EST-046", "EST-080", "EST-087", "EST-030", "EST-125"})
  void aBodyThatIsNoSoundRequestIsRefusedWith400(String what, byte[] body, String code) {
    var credential = chancery.credential("CN=bad");

    Wire.Answer answer = post(basic(credential), body);

    assertRefused(answer, 400, code);
    assertUnused(credential);
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> greedyRequests() throws Exception {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    SubjectNames names = SubjectNames.parse("CN=greedy", List.of("dns:greedy.example"));
    return Stream.of(
        arguments(
            "to be a CA",
            CertificationRequestBuilder.builder(names, key)
                .extension(Extension.basicConstraints.getId(), true, new BasicConstraints(true))
                .build(),
            "extension-not-allowed"),
        arguments(
            "to be a registration authority",
            CertificationRequestBuilder.builder(names, key)
                .extension(
                    Extension.extendedKeyUsage.getId(),
                    false,
                    new ExtendedKeyUsage(
                        KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.28"))))
                .build(),
            "extension-not-allowed"),
        arguments(
            "to sign certificates",
            CertificationRequestBuilder.builder(names, key)
                .extension(Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.keyCertSign))
                .build(),
            "extension-not-allowed"),
        arguments(
            "for an unknown extension",
            CertificationRequestBuilder.builder(names, key)
                .extension("1.2.3.4.5", false, new DERPrintableString("x"))
                .build(),
            "extension-not-allowed"),
        arguments(
            "for somebody else's alternative name",
            CertificationRequestBuilder.builder(
                    SubjectNames.parse(
                        "CN=greedy", List.of("dns:greedy.example", "dns:bank.example")),
                    key)
                .build(),
            "name-not-entitled"),
        arguments(
            "for a wildcard",
            CertificationRequestBuilder.builder(
                    SubjectNames.parse("CN=greedy", List.of("dns:*.example")), key)
                .build(),
            "name-not-entitled"),
        arguments(
            "for somebody else's subject",
            CertificationRequestBuilder.builder(SubjectNames.parse("CN=ceo", List.of()), key)
                .build(),
            "name-not-entitled"),
        arguments(
            "for one attribute more",
            CertificationRequestBuilder.builder(
                    SubjectNames.parse("CN=greedy,O=Bank", List.of()), key)
                .build(),
            "name-not-entitled"),
        arguments(
            "to change its name",
            CertificationRequestBuilder.builder(names, key)
                .attribute(
                    "1.3.6.1.5.5.7.7.36",
                    new DERSequence(new X500NameBuilder().addRDN(BCStyle.CN, "bank").build()))
                .build(),
            "name-change-forbidden"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("greedyRequests")
  @Requirement({"EST-086", "EST-106"})
  void whoeverAsksForMoreThanItIsEntitledToGetsNothing(
      String what, dev.chancery.pki.request.CertificationRequest request, String code) {
    var credential = chancery.credential("CN=greedy", "dns:greedy.example");

    Wire.Answer answer = post(basic(credential), base64(request.der().toByteArray()));

    assertThat(answer.status()).isIn(400, 403);
    assertRefused(answer, answer.status(), code);
    assertUnused(credential);
  }

  @Test
  @Requirement("EST-086")
  void aRepeatedAttributeIsRefused() {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    var names = SubjectNames.parse("CN=twice", List.of());
    var credential = chancery.credential("CN=twice");
    byte[] body = Requests.withRepeatedExtensionRequest(names, key);

    Wire.Answer answer = post(basic(credential), base64(body));

    assertRefused(answer, 400, "malformed");
    assertUnused(credential);
  }

  @ParameterizedTest
  @CsvSource({"'\0'", "'\n'", "'\u001b[31m'", "'\u0007'"})
  void controlCharactersInANameAreRefused(String control) {
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    var credential = chancery.credential("CN=control");

    Wire.Answer answer =
        post(basic(credential), base64(Requests.withCommonName("con" + control + "trol", key)));

    assertRefused(answer, 400, "malformed");
    assertUnused(credential);
  }

  @Test
  @Requirement("EST-087")
  void theCaOwnKeyIsNotCertified() {
    var credential = chancery.credential("CN=thief");
    byte[] body =
        Requests.withForeignKey(
            chancery.services().authority().certificatesOf("issuing").getFirst(), "CN=thief");

    Wire.Answer answer = post(basic(credential), base64(body));

    // Nobody can sign with that key, so the proof fails before policy is asked; both would refuse.
    assertRefused(answer, 400, "proof-of-possession-invalid");
    assertUnused(credential);
  }

  @Test
  @Requirement({"EST-081", "EST-126"})
  void nobodyGets401WithoutABody() {
    Wire.Answer answer = post(pkcs10(), request("CN=nobody").base64());

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).isEmpty();
    assertThat(answer.header("WWW-Authenticate").orElseThrow()).startsWith("Basic realm=");
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "credential-missing");
  }

  @Test
  @Requirement("EST-222")
  void anUnknownCredentialAndAWrongSecretGetTheSameAnswer() {
    var credential = chancery.credential("CN=guess");
    byte[] body = request("CN=guess").base64();

    Wire.Answer unknown = post(basic("no-such-id", "x".repeat(26)), body);
    Wire.Answer wrong = post(basic(credential.credential().id(), "x".repeat(26)), body);

    assertThat(unknown.status()).isEqualTo(401);
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(unknown.text()).isEmpty();
    assertThat(wrong.text()).isEmpty();
    assertThat(withoutVarying(unknown.headers())).isEqualTo(withoutVarying(wrong.headers()));
    assertUnused(credential);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /.well-known/est/simpleenroll, 405",
    "POST, /.well-known/est/cacerts, 405",
    "DELETE, /.well-known/est/cacerts, 405",
    "GET, /.well-known/est/CACERTS, 404",
    "GET, /.well-known/est/cacerts/, 404",
    "GET, /.well-known/est/, 404",
    "GET, /.well-known/est, 404",
    "GET, /.well-known//est/cacerts, 404",
    "GET, /.well-known/est/x/../cacerts, 404",
    "GET, /.well-known/est/%2e%2e/cacerts, 404",
    "GET, /.well-known/est/no-such-label/cacerts, 404",
    "GET, /.well-known/est/a/b/cacerts, 404",
    "GET, /.well-known/est/pal, 404",
    "GET, /.well-known/est/cacerts?x=1, 200",
    "GET, /.well-known/est/%63acerts, 200",
    "HEAD, /.well-known/est/cacerts, 200",
    "POST, /.well-known/est/fullcmc, 501",
    "POST, /.well-known/est/serverkeygen, 501"
  })
  @Requirement({"EST-020", "EST-024", "EST-025", "EST-026", "EST-268", "EST-291"})
  void pathsAndMethodsAreExact(String method, String path, int status) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer = wire.send(method, path, Map.of(), new byte[0]);
      assertThat(answer.status()).as(answer.text()).isEqualTo(status);
      if (status == 405) {
        assertThat(answer.header("Allow")).isPresent();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-www-form-urlencoded, 415",
    "text/plain, 415",
    "'', 415",
    "application/pkcs10, 200",
    "Application/PKCS10; charset=utf-8, 200",
    "'application/pkcs10;x=\"y\"', 200"
  })
  @Requirement({"EST-048", "EST-049"})
  void theContentTypeIsReadAsHttpSays(String type, int status) {
    var credential = chancery.credential("CN=typed");
    Map<String, String> headers = new HashMap<>(basic(credential));
    headers.remove("Content-Type");
    if (!type.isEmpty()) {
      headers.put("Content-Type", type);
    }

    Wire.Answer answer = post(headers, request("CN=typed").base64());

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"base64", "binary", "8bit", "quoted-printable", "nonsense"})
  @Requirement("EST-041")
  void theTransferEncodingHeaderIsIgnored(String value) {
    var credential = chancery.credential("CN=encoded");
    Map<String, String> headers = new HashMap<>(basic(credential));
    headers.put("Content-Transfer-Encoding", value);

    assertThat(post(headers, request("CN=encoded").base64()).status()).isEqualTo(200);
  }

  @Test
  @Requirement("EST-042")
  void whiteSpaceInTheBodyMayBeAnywhere() {
    for (String separator : List.of("", "\r\n", "\n", " ", "\t", "\n\n")) {
      var credential = chancery.credential("CN=white");
      String text =
          java.util.Base64.getEncoder()
              .encodeToString(request("CN=white").request().der().toByteArray());
      String body = separator + String.join(separator, text.split("(?<=\\G.{7})")) + separator;

      Wire.Answer answer = post(basic(credential), body.getBytes(StandardCharsets.US_ASCII));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
  }

  @Test
  @Requirement("EST-030")
  void aBodyOverTheLimitIsRefusedWith413() {
    var credential = chancery.credential("CN=big");

    Wire.Answer answer = post(basic(credential), new byte[200_000]);

    assertThat(answer.status()).isEqualTo(413);
    assertUnused(credential);
  }

  @Test
  @Requirement("EST-030")
  void aHeaderOverTheLimitIsRefusedWith431() {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer =
          wire.send(
              "GET", "/.well-known/est/cacerts", Map.of("X-Long", "x".repeat(60_000)), new byte[0]);
      assertThat(answer.status()).isEqualTo(431);
    }
  }

  @Test
  @Requirement("EST-001")
  void estDoesNotExistOnTheClearPort() {
    for (String path :
        List.of("cacerts", "simpleenroll", "simplereenroll", "csrattrs", "fullcmc")) {
      try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
        assertThat(wire.send("GET", "/.well-known/est/" + path, Map.of(), new byte[0]).status())
            .isEqualTo(404);
      }
    }
  }

  @Test
  void theHealthPagesAreOnEveryListener() {
    for (String path : List.of("/healthz", "/readyz")) {
      try (Wire clear = Wire.connectClear(chancery.server().clearPort());
          Wire tls = Wire.connect(chancery.server().tlsPort())) {
        assertThat(clear.send("GET", path, Map.of(), new byte[0]).status()).isEqualTo(200);
        assertThat(tls.send("GET", path, Map.of(), new byte[0]).status()).isEqualTo(200);
      }
    }
  }

  @Test
  @Requirement("EST-029")
  void connectionCloseIsHonouredAtOnce() {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      wire.send("GET", "/.well-known/est/cacerts", Map.of("Connection", "close"), new byte[0]);
      assertThat(wire.isClosedByServer()).isTrue();
    }
  }

  @Test
  @Requirement("EST-027")
  void expect100ContinueIsAnswered() {
    var credential = chancery.credential("CN=expect");
    byte[] body = request("CN=expect").base64();
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      StringBuilder head = new StringBuilder("POST " + ENROLL + " HTTP/1.1\r\nHost: localhost\r\n");
      basic(credential)
          .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
      head.append("Expect: 100-continue\r\nContent-Length: ")
          .append(body.length)
          .append("\r\n\r\n");
      wire.write(head.toString().getBytes(StandardCharsets.US_ASCII));
      assertThat(wire.read(true).status()).isEqualTo(100);
      wire.write(body);
      assertThat(wire.read(false).status()).isEqualTo(200);
    }
  }

  private Wire.Answer post(Map<String, String> headers, byte[] body) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      return wire.send("POST", ENROLL, headers, body);
    }
  }

  private void assertRefused(Wire.Answer answer, int status, String code) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.text()).contains(code).doesNotContain("<", "Exception", "dev.chancery");
    assertThat(answer.text().lines()).hasSize(1);
    AuditEvent event = chancery.lastAudit().event();
    assertThat(event.action()).isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
    assertThat(answer.header("X-Request-Id")).contains(event.requestId());
  }

  private void assertUnused(Credentials.Created credential) {
    assertThat(
            chancery
                .services()
                .credentials()
                .find(credential.credential().id())
                .orElseThrow()
                .usesLeft())
        .isEqualTo(1);
  }

  private static Map<String, String> withoutVarying(Map<String, String> headers) {
    Map<String, String> rest = new HashMap<>(headers);
    rest.remove("X-Request-Id");
    rest.remove("Date");
    return rest;
  }

  private static byte[] rsaRequest(int bits) {
    try {
      var generator = java.security.KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return base64(
          CertificationRequestBuilder.builder(
                  SubjectNames.parse("CN=bad", List.of()), generator.generateKeyPair())
              .build()
              .der()
              .toByteArray());
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
