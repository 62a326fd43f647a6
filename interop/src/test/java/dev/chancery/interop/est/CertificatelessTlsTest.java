package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS without certificates (RFC 7030 §3.3.3), spoken by OpenSSL's `s_client`, by `gnutls-cli` and
/// by curl.
@Requirement("EST-226")
class CertificatelessTlsTest {
  private static final String CONFIGURATION =
      """
        certificate-less-tls: {enabled: true, address: 127.0.0.1, port: 0}
        limits: {wrong-secrets-per-minute: 5}
      """;

  private static final Pattern ALERT =
      Pattern.compile("SSL alert number (\\d+)|Received alert \\[(\\d+)\\]");

  /// decrypt_error
  private static final String WRONG_IN_TLS13 = "51";

  /// bad_record_mac
  private static final String WRONG_IN_TLS12 = "20";

  /// handshake_failure
  private static final String NOTHING_IN_COMMON = "40";

  /// access_denied
  private static final String TOO_MANY = "49";

  /// The ways in which a credential keys a handshake. Of Debian 12's programs, `s_client` crashes
  /// in SRP and `gnutls-cli` after ECDHE-PSK.
  enum Way {
    OPENSSL_TLS13_PSK(WRONG_IN_TLS13, "-tls1_3"),
    OPENSSL_TLS12_PSK(WRONG_IN_TLS12, "-tls1_2 -cipher ECDHE-PSK-CHACHA20-POLY1305"),
    GNUTLS_TLS13_PSK(WRONG_IN_TLS13, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+ECDHE-PSK"),
    GNUTLS_SRP(WRONG_IN_TLS12, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+SRP");

    private final String alertIfWrong;
    private final String offer;

    Way(String alertIfWrong, String offer) {
      this.alertIfWrong = alertIfWrong;
      this.offer = offer;
    }

    List<String> command(int port, String identity, String secret) {
      return switch (this) {
        case OPENSSL_TLS13_PSK, OPENSSL_TLS12_PSK ->
            openssl(
                port,
                Stream.of(List.of("-quiet"), List.of(offer.split(" ", -1)), psk(identity, secret))
                    .flatMap(List::stream)
                    .toList());
        case GNUTLS_TLS13_PSK -> gnutls(port, "--pskusername", identity, "--pskkey", hex(secret));
        case GNUTLS_SRP -> gnutls(port, "--srpusername", identity, "--srppasswd", secret);
      };
    }

    private List<String> gnutls(int port, String... key) {
      return Stream.concat(
              Stream.of(
                  "gnutls-cli",
                  "--insecure",
                  "--priority",
                  offer,
                  "-p",
                  Integer.toString(port),
                  "127.0.0.1"),
              Stream.of(key))
          .toList();
    }
  }

  private Path folder;
  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path temporary) {
    folder = temporary;
    Program.need("openssl", "curl", "gnutls-cli");
    chancery = Installation.start(folder, CONFIGURATION);
  }

  @AfterEach
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aProgramEnrolsWithNothingButACredential(Way way) {
    Credentials.Created credential = chancery.credential("CN=keyed");

    Program.Result said = enroll(way, credential, "CN=keyed");

    Certificate certificate = certificateOf(said);
    assertThat(certificate.subject()).hasToString("CN=keyed");
    assertThat(chancery.issued()).hasSize(1);
    assertThat(chancery.issued().getFirst().certificate()).isEqualTo(certificate);
    assertThat(chancery.issued().getFirst().requester())
        .isEqualTo("credential:" + credential.credential().id());
  }

  @Test
  void opensslThatOffersEveryVersionTakesTls13() {
    Credentials.Created credential = chancery.credential("CN=keyed");

    Program.Result said =
        handshake(chancery, psk(credential.credential().id(), credential.secret()));

    assertThat(said.text()).contains("TLSv1.3", "no peer certificate available");
  }

  @Test
  void curlLearnsTheCaAndEnrolsOverTlsSrp() throws IOException {
    Credentials.Created credential = chancery.credential("CN=curl-srp");
    Files.write(folder.resolve("req.b64"), request("CN=curl-srp").base64());
    List<String> srp =
        List.of(
            "curl",
            "-sS",
            "--fail-with-body",
            "-k",
            "--tls-max",
            "1.2",
            "--tlsauthtype",
            "SRP",
            "--tlsuser",
            credential.credential().id(),
            "--tlspassword",
            credential.secret());

    Program.Result anchors = curl(srp, List.of(url("cacerts")));
    Program.Result enrolled =
        curl(
            srp,
            List.of(
                "-H",
                "Content-Type: application/pkcs10",
                "--data-binary",
                "@req.b64",
                url("simpleenroll")));

    assertThat(certificates(anchors)).contains(chancery.server().root());
    assertThat(certificates(enrolled).getFirst().subject()).hasToString("CN=curl-srp");
  }

  @ParameterizedTest
  @EnumSource
  void aWrongSecretAndAnUnknownIdentityFailAlikeAndAreAudited(Way way) {
    Credentials.Created credential = chancery.credential("CN=keyed");
    String id = credential.credential().id();

    String wrong = alert(attempt(way, id, "z".repeat(26)));
    AuditEvent first = chancery.lastAudit().event();
    String unknown = alert(attempt(way, "nobody", credential.secret()));
    AuditEvent second = chancery.lastAudit().event();
    String tooLong = alert(attempt(way, "x".repeat(250), credential.secret()));

    assertThat(List.of(wrong, unknown, tooLong)).containsOnly(way.alertIfWrong);
    assertThat(first.action()).isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
    assertThat(first.actor()).isEqualTo("unauthenticated");
    assertThat(first.details())
        .containsEntry("claimed", id)
        .containsEntry("operation", "handshake")
        .containsEntry("address", "127.0.0.1")
        .containsEntry("code", "credential-unknown");
    assertThat(second.details())
        .containsEntry("claimed", "nobody")
        .containsEntry("code", "credential-unknown");
    assertThat(chancery.lastAudit().event().details().get("claimed")).hasSize(64);
    assertThat(chancery.issued()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aRevokedOrExpiredCredentialKeysNothing(Way way) {
    Credentials.Created revoked = chancery.credential("CN=revoked");
    Credentials.Created expired = chancery.credential("CN=expired");
    chancery.services().credentials().revoke(revoked.credential().id(), "test");
    chancery.clock().advance(Duration.ofHours(2));

    String first = alert(enroll(way, revoked, "CN=revoked"));
    String audited = chancery.lastAudit().event().details().get("code");
    String second = alert(enroll(way, expired, "CN=expired"));

    assertThat(List.of(first, second)).containsOnly(way.alertIfWrong);
    assertThat(audited).isEqualTo("credential-revoked");
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "credential-expired");
    assertThat(chancery.issued()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aUsedUpCredentialYieldsNothingMoreThanWhatItYieldedAlready(Way way) {
    Credentials.Created credential = chancery.credential("CN=keyed");
    byte[] same = post("simpleenroll", request("CN=keyed").base64());
    byte[] other = post("simpleenroll", request("CN=keyed").base64());

    Certificate issued = certificateOf(send(way, credential, same));
    Certificate again = certificateOf(send(way, credential, same));
    Program.Result refused = send(way, credential, other);

    assertThat(again).isEqualTo(issued);
    assertThat(refused.text()).contains("HTTP/1.1 403").contains("credential-exhausted");
    assertThat(chancery.issued()).hasSize(1);
  }

  @Test
  void wrongSecretsAreLimitedTogetherWithThoseInHttpAndThenNoSecretIsLookedAt() {
    Credentials.Created credential = chancery.credential("CN=keyed");
    String id = credential.credential().id();
    for (int i = 0; i < 4; i++) {
      assertThat(alert(attempt(Way.OPENSSL_TLS13_PSK, id, "wrong" + i))).isEqualTo(WRONG_IN_TLS13);
    }
    Program.Result basic =
        Program.run(
            folder,
            "curl",
            "-sS",
            "-k",
            "-u",
            id + ":wrong",
            "-H",
            "Content-Type: application/pkcs10",
            "-d",
            "x",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            chancery.url("simpleenroll"));
    assertThat(basic.text()).isEqualTo("401");

    for (Way way : Way.values()) {
      assertThat(alert(enroll(way, credential, "CN=keyed"))).isEqualTo(TOO_MANY);
      assertThat(chancery.lastAudit().event().details()).containsEntry("code", "rate-limited");
    }
    assertThat(chancery.issued()).isEmpty();

    chancery.clock().advance(Duration.ofMinutes(1));
    assertThat(certificateOf(enroll(Way.OPENSSL_TLS13_PSK, credential, "CN=keyed")).subject())
        .hasToString("CN=keyed");
  }

  /// EST-226: DHE-PSK offered is refused; so is whatever has no forward secrecy or no key at all.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "DHE-PSK-AES256-GCM-SHA384",
        "PSK-AES128-GCM-SHA256",
        "RSA-PSK-AES256-GCM-SHA384",
        "ECDHE-PSK-AES128-CBC-SHA256",
        "ECDHE-PSK-NULL-SHA256:@SECLEVEL=0",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ADH-AES128-GCM-SHA256:@SECLEVEL=0"
      })
  void suitesWithoutForwardSecrecyOrWithoutAKeyAreRefused(String suite) {
    Credentials.Created credential = chancery.credential("CN=keyed");
    List<String> options = new ArrayList<>(List.of("-tls1_2", "-cipher", suite));
    options.addAll(psk(credential.credential().id(), credential.secret()));

    assertThat(alert(handshake(chancery, options))).isEqualTo(NOTHING_IN_COMMON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aClientWithoutAKeyIsRefused(String version) {
    assertThat(alert(handshake(chancery, List.of(version)))).isEqualTo(NOTHING_IN_COMMON);
  }

  @Test
  void aClientCannotRenegotiate() {
    Credentials.Created credential = chancery.credential("CN=keyed");
    List<String> options = new ArrayList<>(List.of("-tls1_2"));
    options.addAll(psk(credential.credential().id(), credential.secret()));

    Program.Result said =
        Program.run(
            folder, "R\n".getBytes(StandardCharsets.US_ASCII), openssl(port(chancery), options));

    assertThat(said.text() + said.errors()).contains("RENEGOTIATING");
    assertThat(said.text() + said.errors()).doesNotContain("HTTP/1.1");
  }

  @Test
  void mechanismsThatAreOffAreRefused(@TempDir Path other) {
    try (Installation pskOnly =
            Installation.start(
                other.resolve("psk"), CONFIGURATION.replace("0}", "0, mechanisms: psk}"));
        Installation srpOnly =
            Installation.start(
                other.resolve("srp"), CONFIGURATION.replace("0}", "0, mechanisms: [srp]}"))) {
      Credentials.Created first = pskOnly.credential("CN=first");
      Credentials.Created second = srpOnly.credential("CN=second");

      for (Way way : Way.values()) {
        byte[] get = get("cacerts");
        Program.Result atPsk = send(pskOnly, way, first, get);
        Program.Result atSrp = send(srpOnly, way, second, get);

        boolean isSrp = way == Way.GNUTLS_SRP;
        assertThat(atPsk.text().contains("HTTP/1.1 200")).as(way + " at psk").isEqualTo(!isSrp);
        assertThat(atSrp.text().contains("HTTP/1.1 200")).as(way + " at srp").isEqualTo(isSrp);
      }
    }
  }

  private Program.Result enroll(Way way, Credentials.Created credential, String subject) {
    return send(way, credential, post("simpleenroll", request(subject).base64()));
  }

  private Program.Result send(Way way, Credentials.Created credential, byte[] request) {
    return send(chancery, way, credential, request);
  }

  private Program.Result send(
      Installation server, Way way, Credentials.Created credential, byte[] request) {
    return run(
        way.command(port(server), credential.credential().id(), credential.secret()), request);
  }

  /// A handshake that is expected to fail.
  private Program.Result attempt(Way way, String identity, String secret) {
    return run(way.command(port(chancery), identity, secret), get("cacerts"));
  }

  /// Runs a client until the server closes the connection. Its input does not end before, since
  /// `gnutls-cli` would close the connection itself.
  private Program.Result run(List<String> client, byte[] input) {
    try {
      Path place = Files.createTempDirectory(folder, "client");
      Files.write(place.resolve("request"), input);
      return Program.run(
          place,
          new byte[0],
          Stream.concat(
                  Stream.of(
                      "sh",
                      "-c",
                      "mkfifo in && exec 3<>in && cat request >&3 && exec \"$@\" <&3",
                      "sh"),
                  client.stream())
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set up a client", e);
    }
  }

  private Program.Result handshake(Installation server, List<String> options) {
    return Program.run(folder, new byte[0], openssl(port(server), options));
  }

  private static List<String> openssl(int port, List<String> options) {
    return Stream.concat(
            Stream.of("openssl", "s_client", "-connect", "127.0.0.1:" + port), options.stream())
        .toList();
  }

  private static List<String> psk(String identity, String secret) {
    return List.of("-psk_identity", identity, "-psk", hex(secret));
  }

  private static String hex(String secret) {
    return HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8));
  }

  private static int port(Installation server) {
    return server.server().certificatelessTlsPort().orElseThrow();
  }

  private Program.Result curl(List<String> srp, List<String> options) {
    return Program.run(folder, new byte[0], Stream.concat(srp.stream(), options.stream()).toList())
        .succeeded();
  }

  private String url(String operation) {
    return "https://127.0.0.1:" + port(chancery) + "/.well-known/est/" + operation;
  }

  /// A request written by hand, after which the server shall close the connection.
  private static byte[] post(String operation, byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        ("POST /.well-known/est/"
                + operation
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/pkcs10\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(body);
    return bytes.toByteArray();
  }

  private static byte[] get(String operation) {
    return ("GET /.well-known/est/"
            + operation
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Certificate certificateOf(Program.Result said) {
    assertThat(said.text()).as(said.errors()).contains("HTTP/1.1 200");
    String body = said.text().substring(said.text().indexOf("\r\n\r\n") + 4);
    int end = body.indexOf("- Peer has closed");
    return CertsOnly.parse(Base64.getMimeDecoder().decode(end < 0 ? body : body.substring(0, end)))
        .getFirst();
  }

  private static List<Certificate> certificates(Program.Result said) {
    return CertsOnly.parse(Base64.getMimeDecoder().decode(said.text()));
  }

  /// The number of the alert that ended the handshake.
  private static String alert(Program.Result said) {
    Matcher matcher = ALERT.matcher(said.text() + said.errors());
    assertThat(matcher.find()).as("an alert in: %s%s", said.text(), said.errors()).isTrue();
    assertThat(said.text()).doesNotContain("HTTP/1.1");
    return matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
  }
}
