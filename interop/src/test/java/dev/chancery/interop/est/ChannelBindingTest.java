package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Linking identity and proof of possession: a binding that is sent is verified, always (RFC 7030
/// §3.5).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChannelBindingTest {
  private static final String ENROLL = "/.well-known/est/simpleenroll";

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            folder,
            """
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device}
                - {label: linked, issuer: issuing, profile: device, channel-binding: required}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  @Requirement({"EST-241", "EST-244", "EST-246"})
  void theExporterOfThisTls13ConnectionIsAcceptedOnce() {
    var credential = chancery.credential("device", 2, "CN=linked");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      String binding = Base64.getEncoder().encodeToString(wire.tlsExporter());

      Wire.Answer answer =
          wire.send("POST", ENROLL, basic(credential), requestWith("CN=linked", binding));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(wire.isClosedByServer()).isTrue();
    }
  }

  @Test
  @Requirement("EST-241")
  void theExporterOfAnotherConnectionIsRefused() {
    var credential = chancery.credential("CN=linked");
    String binding;
    try (Wire other = Wire.connect(chancery.server().tlsPort())) {
      binding = Base64.getEncoder().encodeToString(other.tlsExporter());
    }
    assertRefused(credential, binding, "channel-binding-wrong");
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 32, 48})
  @Requirement({"EST-244", "EST-245"})
  void randomBytesOfAnyFinishedLengthAreNoBinding(int length) {
    var credential = chancery.credential("CN=linked");
    assertRefused(
        credential,
        Base64.getEncoder().encodeToString(Randomness.bytes(length)),
        "channel-binding-wrong");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "secret123"})
  @Requirement({"EST-241", "EST-248"})
  void anEmptyOrStaticChallengePasswordIsRefused(String value) {
    assertRefused(chancery.credential("CN=linked"), value, "channel-binding-wrong");
  }

  @Test
  @Requirement("EST-242")
  void whereLinkingIsRequiredARequestWithoutItIsToldSo() {
    var credential = chancery.credential("CN=linked");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer =
          wire.send(
              "POST",
              "/.well-known/est/linked/simpleenroll",
              basic(credential),
              Installation.request("CN=linked").base64());
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("channel-binding-missing");
    }
  }

  @Test
  @Requirement({"EST-240", "EST-243"})
  void tlsUniqueOfThisTls12ConnectionIsAccepted() throws Exception {
    Assumptions.assumeTrue(Conscrypt.isAvailable(), "Conscrypt is not available here");
    var credential = chancery.credential("CN=linked");
    SSLContext context = SSLContext.getInstance("TLS", Conscrypt.newProvider());
    context.init(null, new TrustManager[] {new Wire.TrustEverybody()}, new SecureRandom());
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), chancery.server().tlsPort()),
          15_000);
      socket.startHandshake();
      String binding = Base64.getEncoder().encodeToString(Conscrypt.getTlsUnique(socket));
      try (Wire wire = Wire.over(socket)) {
        Wire.Answer answer =
            wire.send("POST", ENROLL, basic(credential), requestWith("CN=linked", binding));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      }
    }
  }

  /// No back end can tell whether the extended master secret was negotiated, so none takes this
  /// binding in TLS 1.2: a refusal that says what it knows, never a link that was not checked.
  @ParameterizedTest
  @CsvSource({"conscrypt, channel-binding-wrong", "jdk, channel-binding-unverifiable"})
  @Requirement({"EST-007", "EST-246", "EST-247", "EST-250"})
  void inTls12TheExporterIsNeverABinding(String provider, String code) {
    Assumptions.assumeTrue(
        provider.equals("jdk") || Conscrypt.isAvailable(), "Conscrypt is not available here");
    try (Installation one =
        Installation.startWithTls(folder.resolve(provider), "provider: " + provider, "")) {
      var credential = one.credential("CN=linked");
      var context = Wire.context(Optional.empty());
      // The second connection is resumed where the server resumes sessions at all.
      for (int connection = 0; connection < 2; connection++) {
        try (Wire wire = Wire.connect(one.server().tlsPort(), "TLSv1.2", context)) {
          String binding = Base64.getEncoder().encodeToString(wire.tlsExporter());
          Wire.Answer answer =
              wire.send("POST", ENROLL, basic(credential), requestWith("CN=linked", binding));
          assertThat(answer.status()).as(answer.text()).isEqualTo(400);
          assertThat(answer.text()).contains(code);
        }
      }
    }
  }

  private void assertRefused(
      dev.chancery.authority.credential.Credentials.Created credential,
      String binding,
      String code) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer =
          wire.send("POST", ENROLL, basic(credential), requestWith("CN=linked", binding));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains(code);
    }
  }

  private static byte[] requestWith(String subject, String challengePassword) {
    return base64(
        CertificationRequestBuilder.builder(
                SubjectNames.parse(subject, List.of()), KeyPairs.generate(KeyType.P_256))
            .challengePassword(challengePassword)
            .build()
            .der()
            .toByteArray());
  }
}
