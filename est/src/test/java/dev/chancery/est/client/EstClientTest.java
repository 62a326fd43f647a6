package dev.chancery.est.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.transport.Body;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstClientTest {
  private static final SubjectNames NAMES =
      SubjectNames.parse("CN=sensor-1.example", List.of("dns:sensor-1.example"));
  private static final ClientAuthentication.Credential CREDENTIAL =
      new ClientAuthentication.Credential("shop-floor", "s3cret");

  private final TestServer.Ca ca = new TestServer.Ca("CN=Factory Root");
  private final TestServer.Ca stranger = new TestServer.Ca("CN=Stranger");
  private final TrustAnchors anchors =
      new TrustAnchors("explicit", List.of(ca.certificate), List.of());
  private final KeyPair key = KeyPairs.generate(KeyType.P_256);
  private final CertificationRequest request =
      CertificationRequestBuilder.builder(NAMES, key).build();
  private TestServer server = start(ca, List.of("dns:localhost"), TestServer.SERVER_AUTH);

  @BeforeEach
  void serveCaCertificates() {
    server.answerCertificates("cacerts", List.of(stranger.certificate, ca.certificate));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theCertificateWithThePinnedFingerprintBecomesTheOnlyAnchor() {
    TrustAnchors trusted = client().bootstrap(Fingerprint.of(ca.certificate));

    assertThat(trusted.anchors()).containsExactly(ca.certificate);
    assertThat(trusted.intermediates()).isEmpty();
  }

  @Test
  void nothingIsTrustedWithoutTheRightFingerprint() {
    Fingerprint other = Fingerprint.of(new TestServer.Ca("CN=Factory Root").certificate);

    assertThatThrownBy(() -> client().bootstrap(other))
        .isInstanceOf(EstClientException.Untrusted.class);
  }

  @Test
  void aDemandForAPasswordEndsTheBootstrap() {
    replaceServer(start(ca, List.of("dns:localhost"), TestServer.SERVER_AUTH));
    server.answer("cacerts", 401, List.of("WWW-Authenticate", "Basic realm=\"x\""), Body.EMPTY);

    assertThatThrownBy(() -> client().bootstrap(Fingerprint.of(ca.certificate)))
        .isInstanceOf(EstClientException.Refused.class);
    assertThat(server.received()).singleElement().matches(one -> one.authorization().isEmpty());
  }

  @Test
  void caCertificatesThatDoNotChainToAnAnchorAreLeftOut() {
    assertThat(client().caCertificates(anchors)).containsExactly(ca.certificate);
  }

  @Test
  void aSoundCertificateIsDelivered() {
    Certificate certificate = ca.issue(NAMES, key, List.of());
    server.answerCertificates("simpleenroll", List.of(ca.certificate, certificate));

    Enrollment enrollment = client().enroll(anchors, CREDENTIAL, request);

    assertThat(enrollment).isEqualTo(new Enrollment.Issued(certificate, List.of(ca.certificate)));
    assertThat(server.received().getLast().authorization())
        .containsExactly("Basic c2hvcC1mbG9vcjpzM2NyZXQ=");
  }

  @Test
  void aCertificateForAnotherKeyIsNotBelieved() {
    server.answerCertificates(
        "simpleenroll", List.of(ca.issue(NAMES, KeyPairs.generate(KeyType.P_256), List.of())));

    assertUntrusted();
  }

  @Test
  void aCertificateOfAnotherCaIsNotBelieved() {
    server.answerCertificates(
        "simpleenroll", List.of(stranger.issue(NAMES, key, List.of()), stranger.certificate));

    assertUntrusted();
  }

  @Test
  void aRenewedCertificateWithOtherNamesIsNotBelieved() {
    SubjectNames others = SubjectNames.parse("CN=sensor-2.example", List.of());
    server.answerCertificates("simplereenroll", List.of(ca.issue(others, key, List.of())));
    ClientAuthentication.Holder holder =
        new ClientAuthentication.Holder(key.getPrivate(), List.of(ca.issue(NAMES, key, List.of())));

    assertThatThrownBy(() -> client().reenroll(anchors, holder, request))
        .isInstanceOf(EstClientException.Untrusted.class);
  }

  @Test
  void noCredentialReachesAServerWithAnotherName() {
    replaceServer(start(ca, List.of("dns:elsewhere.example"), TestServer.SERVER_AUTH));
    server.answer("simpleenroll", 401, List.of(), Body.EMPTY);

    assertUntrusted();
    assertThat(server.received()).isEmpty();
  }

  @Test
  void noCredentialReachesAServerOfAnotherCa() {
    replaceServer(start(stranger, List.of("dns:localhost"), TestServer.SERVER_AUTH));
    server.answer("simpleenroll", 401, List.of(), Body.EMPTY);

    assertUntrusted();
    assertThat(server.received()).isEmpty();
  }

  @Test
  void aRegistrationAuthorityMaySpeakForAServerOfAnotherName() {
    replaceServer(start(ca, List.of("dns:ra.example"), ServerIdentity.CMC_RA));
    Certificate certificate = ca.issue(NAMES, key, List.of());
    server.answerCertificates("simpleenroll", List.of(certificate));

    assertThat(client().enroll(anchors, CREDENTIAL, request))
        .isEqualTo(new Enrollment.Issued(certificate, List.of()));
  }

  @Test
  void pendingSaysWhenToAskAgain() {
    server.answer("simpleenroll", 202, List.of("Retry-After", "90"), Body.EMPTY);

    assertThat(client().enroll(anchors, CREDENTIAL, request))
        .isEqualTo(new Enrollment.Pending(Duration.ofSeconds(90)));
  }

  @Test
  void pendingWithoutATimeIsNotEst() {
    server.answer("simpleenroll", 202, List.of(), Body.EMPTY);

    assertThatThrownBy(() -> client().enroll(anchors, CREDENTIAL, request))
        .isInstanceOf(EstClientException.Transport.class);
  }

  @Test
  void theServersExplanationIsMadeFitForATerminal() {
    server.answer(
        "simpleenroll",
        403,
        List.of("Content-Type", "text/plain"),
        Body.of("\u001b[31mno\r\nway " + "x".repeat(1_000_000)));

    assertThatThrownBy(() -> client().enroll(anchors, CREDENTIAL, request))
        .isInstanceOfSatisfying(
            EstClientException.Refused.class,
            e -> {
              assertThat(e.status()).isEqualTo(403);
              assertThat(e.explanation()).startsWith("[31mno way xxx").hasSizeLessThan(600);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void redirectsAreNotFollowed(int status) {
    server.answer(
        "simpleenroll", status, List.of("Location", server.address() + "/elsewhere"), Body.EMPTY);

    assertThatThrownBy(() -> client().enroll(anchors, CREDENTIAL, request))
        .isInstanceOf(EstClientException.Refused.class);
    assertThat(server.received()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 404, 501})
  void aServerMayHaveNothingToSayAboutAttributes(int status) {
    server.answer("csrattrs", status, List.of(), Body.EMPTY);

    assertThat(client().csrAttributes(anchors).isEmpty()).isTrue();
  }

  @Test
  void aServerThatIsNotThereIsAMatterOfTransport() {
    EstServer address = server.address();
    server.close();

    assertThatThrownBy(() ->
            new EstClient(address, Duration.ofSeconds(5), Clock.systemUTC())
                .caCertificates(anchors))
        .isInstanceOf(EstClientException.Transport.class);
  }

  private void assertUntrusted() {
    assertThatThrownBy(() -> client().enroll(anchors, CREDENTIAL, request))
        .isInstanceOf(EstClientException.Untrusted.class);
  }

  private void replaceServer(TestServer other) {
    server.close();
    server = other;
  }

  private EstClient client() {
    return new EstClient(server.address(), Duration.ofSeconds(10), Clock.systemUTC());
  }

  private static TestServer start(TestServer.Ca ca, List<String> names, String usage) {
    try {
      return TestServer.start(ca, names, List.of(usage));
    } catch (java.io.IOException | java.security.GeneralSecurityException e) {
      throw new IllegalStateException("the test server does not start", e);
    }
  }
}
