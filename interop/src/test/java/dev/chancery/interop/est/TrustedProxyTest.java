package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.configuration.ConfigurationException;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.server.configuration.Configuration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A reverse proxy that ends TLS is believed if it is a configured one, and nobody else is.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrustedProxyTest {
  private static final String ENROLL = "/.well-known/est/simpleenroll";
  private static final String REENROLL = "/.well-known/est/simplereenroll";

  private Path folder;
  private Installation chancery;
  private Wire.Identity plain;
  private Wire.Identity binding;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    OtherAuthority other = OtherAuthority.create("CN=Data Centre", Instant.now());
    plain = other.issue("CN=front-1", Instant.now());
    binding = other.issue("CN=front-2", Instant.now());
    Files.writeString(folder.resolve("plain.pem"), plain.chain().getFirst().toPem());
    Files.writeString(folder.resolve("binding.pem"), binding.chain().getFirst().toPem());
    chancery =
        Installation.start(
            folder,
            """
              trusted-proxies:
                - name: plain
                  certificates: plain.pem
                  channel-binding: none
                  client-address: x-forwarded-for
                - {name: binding, certificates: binding.pem, channel-binding: forwarded}
              limits: {wrong-secrets-per-minute: 3}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement("EST-033")
  void aTrustedProxysClientRenewsWithItsForwardedCertificate() {
    Wire.Identity device = chancery.device("CN=behind");

    Wire.Answer answer =
        through(plain, REENROLL, forwarded(device.chain().getFirst()), request("CN=behind"));

    assertThat(certificateIn(answer).subject()).hasToString("CN=behind");
  }

  @Test
  @Requirement("EST-033")
  void aForgedFieldFromOutsideMeansNothing() {
    Wire.Identity device = chancery.device("CN=victim");
    OtherAuthority stranger = OtherAuthority.create("CN=Data Centre", Instant.now());
    Map<String, String> forged = forwarded(device.chain().getFirst());

    // Nobody, a device with a certificate of its own, and one that took the proxy's name.
    assertThat(through(Optional.empty(), REENROLL, forged, request("CN=victim")).status())
        .isEqualTo(401);
    assertThat(
            through(chancery.device("CN=thief"), REENROLL, forged, request("CN=victim")).status())
        .isEqualTo(400);
    assertThat(
            through(
                    stranger.issue("CN=front-1", Instant.now()),
                    REENROLL,
                    forged,
                    request("CN=victim"))
                .status())
        .isEqualTo(403);
  }

  @Test
  @Requirement("EST-033")
  void theProxysOwnCertificateIsNeverItsClients() {
    Wire.Answer answer = through(plain, REENROLL, address(pkcs10()), request("CN=front-1"));

    assertThat(answer.status()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "Client-Cert, not base64",
    "Client-Cert, :bm8gY2VydGlmaWNhdGU=:",
    "Client-Cert, :***:",
    "Client-Cert-Chain, :AAAA:",
    "X-Forwarded-For, somewhere"
  })
  @Requirement("EST-033")
  void fieldsThatCannotBeReadAreRefused(String name, String value) {
    Map<String, String> headers = address(pkcs10());
    headers.put(name, value);

    assertThat(through(plain, ENROLL, headers, request("CN=behind")).status()).isEqualTo(400);
  }

  @Test
  @Requirement("EST-033")
  void aForwardedAddressIsTheOneThatIsLimited() {
    for (int i = 0; i < 5; i++) {
      Map<String, String> wrong = new LinkedHashMap<>(basic("nobody", "wrong"));
      wrong.put("X-Forwarded-For", "203.0.113.9, 198.51.100.1");
      through(plain, ENROLL, wrong, request("CN=behind"));
    }
    Map<String, String> limited = new LinkedHashMap<>(basic("nobody", "wrong"));
    limited.put("X-Forwarded-For", "198.51.100.1");
    Map<String, String> other = new LinkedHashMap<>(basic("nobody", "wrong"));
    other.put("X-Forwarded-For", "198.51.100.1, 198.51.100.2");

    assertThat(through(plain, ENROLL, limited, request("CN=behind")).status()).isEqualTo(429);
    assertThat(through(plain, ENROLL, other, request("CN=behind")).status()).isEqualTo(401);
  }

  @Test
  @Requirement("EST-251")
  void withoutForwardedBindingALinkedRequestIsRefused() {
    var credential = chancery.credential("CN=linked");

    Wire.Answer answer =
        send(
            plain,
            ENROLL,
            address(basic(credential)),
            linked("CN=linked", Base64.getEncoder().encodeToString(Randomness.bytes(32))));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("channel-binding-unverifiable");
  }

  @ParameterizedTest
  @CsvSource({"tls-exporter, 32", "tls-unique, 12"})
  @Requirement("EST-251")
  void aForwardedBindingIsVerified(String type, int length) {
    String sent = Base64.getEncoder().encodeToString(Randomness.bytes(length));
    String another = Base64.getEncoder().encodeToString(Randomness.bytes(length));
    Map<String, String> right = new LinkedHashMap<>(basic(chancery.credential("CN=linked")));
    right.put("Client-Channel-Binding", type + "=:" + sent + ":");
    Map<String, String> wrong = new LinkedHashMap<>(basic(chancery.credential("CN=linked")));
    wrong.put("Client-Channel-Binding", type + "=:" + another + ":");

    assertThat(send(binding, ENROLL, right, linked("CN=linked", sent)).status()).isEqualTo(200);
    Wire.Answer refused = send(binding, ENROLL, wrong, linked("CN=linked", sent));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("channel-binding-wrong");
  }

  @Test
  @Requirement("EST-251")
  void aProxyThatTakesADemandedBindingAwayStopsTheStart() {
    Assertions.assertThatThrownBy(() ->
            Configuration.parse(
                """
                server:
                  trusted-proxies:
                    - {name: plain, certificates: plain.pem, channel-binding: none}
                est:
                  endpoints:
                    - {label: "", channel-binding: required}
                """,
                folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("this proxy forwards none");
  }

  private static Map<String, String> forwarded(Certificate certificate) {
    Map<String, String> headers = address(pkcs10());
    headers.put(
        "Client-Cert",
        ":" + Base64.getEncoder().encodeToString(certificate.der().toByteArray()) + ":");
    return headers;
  }

  private static Map<String, String> address(Map<String, String> headers) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put("X-Forwarded-For", "192.0.2.7");
    return more;
  }

  private Wire.Answer through(
      Wire.Identity proxy, String path, Map<String, String> headers, Installation.Made made) {
    return through(Optional.of(proxy), path, headers, made);
  }

  private Wire.Answer through(
      Optional<Wire.Identity> proxy,
      String path,
      Map<String, String> headers,
      Installation.Made made) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", proxy)) {
      return wire.send("POST", path, headers, made.base64());
    }
  }

  private Wire.Answer send(
      Wire.Identity proxy, String path, Map<String, String> headers, byte[] body) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(proxy))) {
      return wire.send("POST", path, headers, body);
    }
  }

  private static byte[] linked(String subject, String challengePassword) {
    return base64(
        CertificationRequestBuilder.builder(
                SubjectNames.parse(subject, List.of()), KeyPairs.generate(KeyType.P_256))
            .challengePassword(challengePassword)
            .build()
            .der()
            .toByteArray());
  }
}
