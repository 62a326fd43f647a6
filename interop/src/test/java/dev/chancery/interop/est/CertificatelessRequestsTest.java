package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.interop.est.KeyedClient.Offer;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a connection that a credential has keyed is good for, and what it is not.
@Requirement("EST-226")
class CertificatelessRequestsTest {
  private static final String ENROLL = "/.well-known/est/simpleenroll";

  private Installation chancery;

  @BeforeEach
  void start(@TempDir Path folder) {
    chancery =
        Installation.start(
            folder,
            """
              certificate-less-tls: {enabled: true, address: 127.0.0.1, port: 0}
              limits: {idle-timeout: 2s, body: 4KiB}
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device}
                - {label: linked, issuer: issuing, profile: device, channel-binding: required}
                - {label: strict, issuer: issuing, profile: device, authentication: certificate}
                - {label: both, issuer: issuing, profile: device, authentication: both}
            """);
  }

  @AfterEach
  void stop() {
    chancery.close();
  }

  @ParameterizedTest
  @EnumSource
  void manyRequestsGoOverOneConnection(Offer offer) throws IOException {
    Credentials.Created credential = chancery.credential("device", 3, "CN=keyed");
    try (Wire wire = connect(offer, credential).wire()) {
      Wire.Answer anchors = get(wire, "cacerts");
      Wire.Answer attributes = get(wire, "csrattrs");
      Wire.Answer first = post(wire, ENROLL, pkcs10(), request("CN=keyed").base64());
      Wire.Answer second = post(wire, ENROLL, pkcs10(), request("CN=keyed").base64());

      assertThat(anchors.status()).isEqualTo(200);
      assertThat(attributes.status()).isEqualTo(200);
      assertThat(attributes.header("Cache-Control")).as("made for this requester").isPresent();
      assertThat(List.of(certificateIn(first), certificateIn(second))).doesNotHaveDuplicates();
    }
    assertThat(chancery.issued()).hasSize(2);
  }

  @Test
  @Requirement({"EST-226", "EST-240", "EST-243"})
  void tlsUniqueLinksARequestToAConnectionOfTls12() throws IOException {
    for (Offer offer : List.of(Offer.TLS12_PSK, Offer.SRP)) {
      Credentials.Created credential = chancery.credential("CN=linked");
      KeyedClient client = connect(offer, credential);
      try (Wire wire = client.wire()) {
        assertThat(linked(wire, client.tlsUnique()).status()).as(offer.name()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"EST-226", "EST-244", "EST-246"})
  void tlsExporterLinksOneRequestToAConnection(Offer offer) throws IOException {
    Credentials.Created credential = chancery.credential("device", 2, "CN=linked");
    KeyedClient client = connect(offer, credential);
    try (Wire wire = client.wire()) {
      assertThat(linked(wire, client.tlsExporter()).status()).isEqualTo(200);
      assertThat(wire.isClosedByServer()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"EST-226", "EST-241"})
  void theBindingOfAnotherConnectionIsRefused(Offer offer) throws IOException {
    Credentials.Created credential = chancery.credential("CN=linked");
    byte[] foreign;
    KeyedClient other = connect(offer, credential);
    try (Wire wire = other.wire()) {
      assertThat(wire).isNotNull();
      foreign = other.tlsExporter();
    }
    try (Wire wire = connect(offer, credential).wire()) {
      Wire.Answer answer = linked(wire, foreign);

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("channel-binding-wrong");
    }
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  void aSecretInHttpBesideTheKeyHasToBeRightAndOfTheSameCredential() throws IOException {
    Credentials.Created credential = chancery.credential("CN=keyed");
    Credentials.Created other = chancery.credential("CN=keyed");
    try (Wire wire = connect(Offer.TLS13_PSK, credential).wire()) {
      byte[] csr = request("CN=keyed").base64();

      Wire.Answer wrong = post(wire, ENROLL, basic(credential.credential().id(), "not it"), csr);
      Wire.Answer contradicting = post(wire, ENROLL, basic(other), csr);
      Wire.Answer right = post(wire, ENROLL, basic(credential), csr);

      assertThat(wrong.status()).isEqualTo(401);
      assertThat(contradicting.status()).isEqualTo(400);
      assertThat(contradicting.text()).contains("not of one credential");
      assertThat(certificateIn(right).subject()).hasToString("CN=keyed");
    }
    assertThat(chancery.issued()).hasSize(1);
  }

  @Test
  void theCredentialsNamesAndEndpointsHoldAsEverywhere() throws IOException {
    Credentials.Created elsewhere =
        chancery
            .services()
            .credentials()
            .create(
                new Credentials.Order(
                    Optional.empty(),
                    new EntitledNames.Exactly(SubjectNames.parse("CN=keyed", List.of())),
                    "device",
                    List.of("est/linked"),
                    1,
                    Duration.ofHours(1),
                    Optional.empty()),
                "test");
    Credentials.Created credential = chancery.credential("CN=keyed");

    try (Wire wire = connect(Offer.TLS13_PSK, elsewhere).wire()) {
      Wire.Answer answer = post(wire, ENROLL, pkcs10(), request("CN=keyed").base64());
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("credential-not-for-endpoint");
    }
    try (Wire wire = connect(Offer.TLS13_PSK, credential).wire()) {
      Wire.Answer answer = post(wire, ENROLL, pkcs10(), request("CN=somebody-else").base64());
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("name-not-entitled");
    }
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  void whereCertificatesAreDemandedAKeyIsNotEnough() throws IOException {
    Credentials.Created credential = chancery.credential("CN=keyed");
    try (Wire wire = connect(Offer.TLS13_PSK, credential).wire()) {
      for (String label : List.of("strict", "both")) {
        Wire.Answer answer =
            post(
                wire,
                "/.well-known/est/" + label + "/simpleenroll",
                pkcs10(),
                request("CN=keyed").base64());

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).contains("certificate-missing");
        assertThat(chancery.lastAudit().event().details())
            .containsEntry("claimed", credential.credential().id());
      }
    }
    assertThat(chancery.issued()).isEmpty();
  }

  @Test
  void aCredentialThatIsRevokedWhileTheConnectionIsOpenYieldsNothing() throws IOException {
    Credentials.Created credential = chancery.credential("CN=keyed");
    try (Wire wire = connect(Offer.TLS12_PSK, credential).wire()) {
      assertThat(get(wire, "cacerts").status()).isEqualTo(200);
      chancery.services().credentials().revoke(credential.credential().id(), "test");

      Wire.Answer answer = post(wire, ENROLL, pkcs10(), request("CN=keyed").base64());

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("credential-revoked");
    }
    assertThat(chancery.issued()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void theLimitsOfHttpHold(Offer offer) throws IOException {
    Credentials.Created credential = chancery.credential("CN=keyed");
    try (Wire wire = connect(offer, credential).wire()) {
      assertThat(post(wire, ENROLL, pkcs10(), new byte[200_000]).status()).isEqualTo(413);
    }
    try (Wire wire = connect(offer, credential).wire()) {
      Map<String, String> tooLong = Map.of("X-Long", "x".repeat(60_000));
      assertThat(wire.send("GET", "/health", tooLong, new byte[0]).status()).isEqualTo(431);
    }
  }

  @Test
  void metricsStayOnTheirOwnListener() throws IOException {
    try (Wire wire = connect(Offer.TLS13_PSK, chancery.credential("CN=keyed")).wire()) {
      assertThat(wire.send("GET", "/metrics", Map.of(), new byte[0]).status()).isEqualTo(404);
    }
  }

  @Test
  void whoDoesNotSpeakTlsOrSaysNothingIsCutOff() throws IOException {
    try (Wire http = Wire.connectClear(port());
        Wire silent = Wire.connectClear(port());
        Wire slow = Wire.connectClear(port())) {
      http.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      slow.write(new byte[] {22, 3, 1, 0x10, 0, 1});

      assertThatThrownBy(() -> http.read(false))
          .isInstanceOfAny(UncheckedIOException.class, RuntimeException.class);
      assertThat(silent.isClosedByServer()).isTrue();
      assertThatThrownBy(() -> slow.read(false))
          .isInstanceOfAny(UncheckedIOException.class, RuntimeException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noConnectionStaysBehind(Offer offer) throws IOException {
    Credentials.Created credential = chancery.credential("CN=keyed");
    for (int i = 0; i < 20; i++) {
      try (Wire wire = connect(offer, credential).wire()) {
        assertThat(get(wire, "cacerts").status()).isEqualTo(200);
      }
      assertThatThrownBy(
              () -> KeyedClient.connect(port(), offer, credential.credential().id(), "wrong"))
          .isInstanceOf(IOException.class);
    }

    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (connections() > 0) {
      assertThat(System.nanoTime()).as("connections are left").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /// As `/metrics` says.
  private int connections() {
    try (Wire wire = Wire.connectClear(chancery.server().clearPort())) {
      return wire.send("GET", "/metrics", Map.of(), new byte[0])
          .text()
          .lines()
          .filter(line -> line.startsWith("chancery_") && line.contains("certificate-less-tls"))
          .filter(line -> line.contains("connections"))
          .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  private KeyedClient connect(Offer offer, Credentials.Created credential) throws IOException {
    return KeyedClient.connect(port(), offer, credential.credential().id(), credential.secret());
  }

  private int port() {
    return chancery.server().certificatelessTlsPort().orElseThrow();
  }

  private static Wire.Answer get(Wire wire, String operation) {
    return wire.send("GET", "/.well-known/est/" + operation, Map.of(), new byte[0]);
  }

  private static Wire.Answer post(
      Wire wire, String path, Map<String, String> headers, byte[] body) {
    return wire.send("POST", path, headers, body);
  }

  private static Wire.Answer linked(Wire wire, byte[] binding) {
    return post(
        wire,
        "/.well-known/est/linked/simpleenroll",
        pkcs10(),
        Installation.base64(
            CertificationRequestBuilder.builder(
                    SubjectNames.parse("CN=linked", List.of()), KeyPairs.generate(KeyType.P_256))
                .challengePassword(Base64.getEncoder().encodeToString(binding))
                .build()
                .der()
                .toByteArray()));
  }
}
