package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.cms.CertsOnly;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.jcajce.JcaHttpAuthBuilder;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP Digest (RFC 7616) beside Basic.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement("EST-222")
class HttpDigestTest {
  private static final Pattern NONCE = Pattern.compile("nonce=\"([^\"]+)\"");

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            temporary,
            """
            est:
              endpoints:
                - {label: "", http-digest: off}
                - {label: sha, http-digest: sha-256}
                - {label: md, http-digest: sha-256-and-md5, authentication: password}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha", "md"})
  void curlEnrolsWithDigest(String label) throws Exception {
    Program.need("curl");
    Credentials.Created credential = chancery.credential("CN=curl-digest");
    Path place = Files.createTempDirectory(folder, "curl");
    Files.write(place.resolve("req.b64"), request("CN=curl-digest").base64());

    Program.run(
            place,
            "curl",
            "-sS",
            "--fail",
            "--digest",
            "--cacert",
            chancery.rootFile().toString(),
            "-u",
            credential.credential().id() + ":" + credential.secret(),
            "-H",
            "Content-Type: application/pkcs10",
            "--data-binary",
            "@req.b64",
            chancery.url(label + "/simpleenroll"),
            "-o",
            "cert.b64")
        .succeeded();

    assertThat(
            CertsOnly.parse(
                    Base64.getMimeDecoder().decode(Files.readAllBytes(place.resolve("cert.b64"))))
                .getFirst()
                .subject())
        .hasToString("CN=curl-digest");
  }

  /// It reads the first challenge only, and no Digest challenge that names its algorithm.
  @ParameterizedTest
  @ValueSource(strings = {"sha", "md"})
  void bouncyCastleIsNotPutOffByDigest(String label) throws Exception {
    Credentials.Created credential = chancery.credential("CN=bouncy-digest");
    var builder = new JsseESTServiceBuilder("localhost:" + chancery.server().tlsPort(), trusting());
    builder.withLabel(label);
    builder.addCipherSuites(
        new String[] {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});

    EnrollmentResponse response =
        builder
            .build()
            .simpleEnroll(
                false,
                new PKCS10CertificationRequest(
                    request("CN=bouncy-digest").request().der().toByteArray()),
                new JcaHttpAuthBuilder(
                        null, credential.credential().id(), credential.secret().toCharArray())
                    .setProvider(new BouncyCastleProvider())
                    .setNonceGenerator(new java.security.SecureRandom())
                    .build());

    X509CertificateHolder certificate = response.getStore().getMatches(null).iterator().next();
    assertThat(certificate.getSubject()).hasToString("CN=bouncy-digest");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'Basic'",
    "sha/, 'Basic, Digest SHA-256'",
    "md/, 'Basic, Digest SHA-256, Digest MD5'"
  })
  void eachEndpointOffersWhatItTakes(String label, String offered) {
    List<String> challenges = challenges(label);

    assertThat(
            challenges.stream()
                .map(challenge ->
                    challenge.startsWith("Basic")
                        ? "Basic"
                        : "Digest " + challenge.replaceAll(".*algorithm=([A-Z0-9-]+).*", "$1")))
        .containsExactly(offered.split(", ", -1));
    assertThat(challenges).noneMatch(challenge -> challenge.contains("stale"));
  }

  @Test
  void anAnswerIsTakenOnceAndItsReplayIsStale() {
    Credentials.Created credential = chancery.credential("device", 3, "CN=replayed");
    Map<String, String> headers = answer(credential, "sha", nonce("sha/"), 1, "SHA-256");
    byte[] body = request("CN=replayed").base64();

    Wire.Answer first = post("sha/simpleenroll", headers, body);
    List<String> replay = challengesTo("sha/", headers, "CN=replayed");

    assertThat(certificateIn(first).subject()).hasToString("CN=replayed");
    assertThat(replay).hasSize(2);
    assertThat(replay.get(1)).contains("stale=true");
  }

  @Test
  void aNonceServesSeveralRequestsWithRisingCounts() {
    Credentials.Created credential = chancery.credential("device", 3, "CN=counted");
    String nonce = nonce("sha/");

    for (int count : List.of(1, 2, 5)) {
      assertThat(
              post(
                      "sha/simpleenroll",
                      answer(credential, "sha", nonce, count, "SHA-256"),
                      request("CN=counted").base64())
                  .status())
          .isEqualTo(200);
    }
  }

  @Test
  void anOldNonceIsStaleAndANewOneWorks() {
    Credentials.Created credential = chancery.credential("CN=slow");
    String nonce = nonce("sha/");
    chancery.clock().advance(Duration.ofMinutes(5));

    List<String> again =
        challengesTo("sha/", answer(credential, "sha", nonce, 1, "SHA-256"), "CN=slow");

    assertThat(again.get(1)).startsWith("Digest").contains("stale=true");
    assertThat(
            post(
                    "sha/simpleenroll",
                    answer(credential, "sha", nonceIn(again.get(1)), 1, "SHA-256"),
                    request("CN=slow").base64())
                .status())
        .isEqualTo(200);
  }

  @Test
  void aWrongSecretIsRefusedAndNotStale() {
    Credentials.Created credential = chancery.credential("CN=guessed");
    Credentials.Created guess = new Credentials.Created(credential.credential(), "guess");

    List<String> again =
        challengesTo("sha/", answer(guess, "sha", nonce("sha/"), 1, "SHA-256"), "CN=guessed");

    assertThat(again.get(1)).startsWith("Digest").doesNotContain("stale");
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "credential-unknown");
  }

  @Test
  void md5IsTakenWhereItIsSwitchedOnOnly() {
    Credentials.Created credential = chancery.credential("device", 2, "CN=old");

    assertThat(
            post(
                    "md/simpleenroll",
                    answer(credential, "md", nonce("md/"), 1, "MD5"),
                    request("CN=old").base64())
                .status())
        .isEqualTo(200);
    assertThat(
            post(
                    "sha/simpleenroll",
                    answer(credential, "sha", nonce("sha/"), 1, "MD5"),
                    request("CN=old").base64())
                .status())
        .isEqualTo(401);
  }

  @Test
  void anAnswerIsGoodForItsEndpointAndUriOnly() {
    Credentials.Created credential = chancery.credential("CN=elsewhere");
    Map<String, String> headers = answer(credential, "sha", nonce("sha/"), 1, "SHA-256");
    byte[] body = request("CN=elsewhere").base64();

    assertThat(post("md/simpleenroll", headers, body).status()).isEqualTo(400);
    assertThat(post("simpleenroll", headers, body).status()).isEqualTo(401);
    assertThat(post("sha/simpleenroll", headers, body).status()).isEqualTo(200);
  }

  @Test
  void basicGoesOnWorkingBesideIt() {
    assertThat(
            post(
                    "sha/simpleenroll",
                    Installation.basic(chancery.credential("CN=basic")),
                    request("CN=basic").base64())
                .status())
        .isEqualTo(200);
  }

  private static Map<String, String> answer(
      Credentials.Created credential, String label, String nonce, int count, String algorithm) {
    String user = credential.credential().id();
    String realm = "est/" + label;
    String uri = "/.well-known/est/" + label + "/simpleenroll";
    String nc = "%08x".formatted(count);
    String response =
        hash(
            algorithm,
            hash(algorithm, user + ":" + realm + ":" + credential.secret())
                + ":"
                + nonce
                + ":"
                + nc
                + ":abc:auth:"
                + hash(algorithm, "POST:" + uri));
    Map<String, String> headers = new HashMap<>(pkcs10());
    headers.put(
        "Authorization",
        ("Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", algorithm=%s, qop=auth, nc=%s,"
                + " cnonce=\"abc\", response=\"%s\"")
            .formatted(user, realm, nonce, uri, algorithm, nc, response));
    return headers;
  }

  private static String hash(String algorithm, String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private String nonce(String label) {
    return nonceIn(challenges(label).get(1));
  }

  private static String nonceIn(String challenge) {
    Matcher matcher = NONCE.matcher(challenge);
    assertThat(matcher.find()).as(challenge).isTrue();
    return matcher.group(1);
  }

  private List<String> challenges(String label) {
    return challengesTo(label, pkcs10(), "CN=nobody");
  }

  /// All challenges, in order, as they came.
  private List<String> challengesTo(String label, Map<String, String> headers, String subject) {
    byte[] body = request(subject).base64();
    StringBuilder head =
        new StringBuilder("POST /.well-known/est/" + label + "simpleenroll HTTP/1.1\r\n");
    head.append("Host: localhost\r\nConnection: close\r\nContent-Length: ")
        .append(body.length)
        .append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      wire.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
      wire.write(body);
      return wire.readHead().stream()
          .filter(line -> line.startsWith("WWW-Authenticate: "))
          .map(line -> line.substring("WWW-Authenticate: ".length()))
          .toList();
    }
  }

  private Wire.Answer post(String operation, Map<String, String> headers, byte[] body) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      return wire.send("POST", "/.well-known/est/" + operation, headers, body);
    }
  }

  private X509TrustManager trusting() throws Exception {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    anchors.setCertificateEntry("root", chancery.server().root().toX509());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(anchors);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
