package dev.chancery.est.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.est.client.ServerKeyOrder.Protection;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateChain;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.KeyDecryption;
import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.cms.KeyPackageSigner;
import dev.chancery.pki.cms.ServerGeneratedKey;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.key.GeneratedKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.transport.Body;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the client takes from `/serverkeygen`, and what it does not.
class ServerKeygenClientTest {
  private static final SubjectNames NAMES = SubjectNames.parse("CN=sensor-1", List.of());
  private static final ClientAuthentication.Credential CREDENTIAL =
      new ClientAuthentication.Credential("shop-floor", "s3cret");
  private static final KeyEncryptionKey SHARED =
      KeyEncryptionKey.of(KeyEncryptionKey.identifier("shared"), new byte[32]);

  private static final String PKCS8 = "application/pkcs8";
  private static final String ENVELOPED = "application/pkcs7-mime; smime-type=server-generated-key";
  private static final String CERTIFICATES = "application/pkcs7-mime; smime-type=certs-only";

  private final TestServer.Ca ca = new TestServer.Ca("CN=Factory Root");
  private final TestServer.Ca stranger = new TestServer.Ca("CN=Stranger");
  private final TrustAnchors anchors =
      new TrustAnchors("explicit", List.of(ca.certificate), List.of());
  private final GeneratedKey key = GeneratedKey.make(KeyType.P_256);
  private final KeyPair pair =
      new KeyPair(key.publicKey().toPublicKey(), KeyPairs.privateKeyOf(key.pkcs8()));
  private final Certificate certificate = ca.issue(NAMES, pair, List.of());
  private final TestServer server = start();

  @AfterEach
  void stop() {
    server.close();
    key.close();
  }

  @Test
  void keyAndCertificateAreTakenTogether() {
    answer(part(PKCS8, key.pkcs8()), certificatePart(certificate));

    KeyedEnrollment.Issued issued = ask(new Protection.TlsAlone());

    assertThat(issued.certificate()).isEqualTo(certificate);
    assertThat(KeyPairs.belongTogether(issued.key().toPrivateKey(), key.publicKey())).isTrue();
    assertThat(issued.toString()).doesNotContain("PRIVATE");
    issued.key().close();
    assertThatThrownBy(() -> issued.key().toPrivateKey())
        .isInstanceOf(dev.chancery.pki.MalformedException.class);
  }

  @Test
  void implicitAnchorsAreNotEnoughForAKey() {
    answer(part(PKCS8, key.pkcs8()), certificatePart(certificate));
    TrustAnchors implicit = new TrustAnchors(EstClient.IMPLICIT, anchors.anchors(), List.of());

    assertThatThrownBy(
            () -> client().serverKeygen(implicit, CREDENTIAL, order(new Protection.TlsAlone())))
        .isInstanceOf(EstClientException.Unable.class)
        .hasMessageContaining("implicit anchors");
  }

  @Test
  void thePartsMayComeInEitherOrder() {
    answer(certificatePart(certificate), part(PKCS8, key.pkcs8()));

    assertThat(ask(new Protection.TlsAlone()).certificate()).isEqualTo(certificate);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\n"})
  void theBoundaryMayBeQuotedAndOtherTextMayStandAround(String lineEnd) {
    String message =
        String.join(
            lineEnd,
            "a preamble",
            "--b o=x  ",
            "CONTENT-TYPE: application/pkcs8",
            "",
            base64(key.pkcs8()),
            "--b o=x",
            "content-type: APPLICATION/PKCS7-MIME;",
            "\tsmime-type=certs-only",
            "",
            base64(CertsOnly.encode(List.of(certificate))),
            "--b o=x--",
            "an epilogue");
    server.answer(
        "serverkeygen",
        200,
        List.of("Content-Type", "multipart/mixed; charset=x; boundary=\"b o=x\""),
        Body.of(message));

    assertThat(ask(new Protection.TlsAlone()).certificate()).isEqualTo(certificate);
  }

  @Test
  void anEncryptedKeyIsOpenedAndItsMakerChecked() {
    answer(part(ENVELOPED, sealedBy(ca, "dns:localhost")), certificatePart(certificate));

    KeyedEnrollment.Issued issued = ask(encrypted());

    assertThat(KeyPairs.belongTogether(issued.key().toPrivateKey(), key.publicKey())).isTrue();
  }

  @Test
  void anEncryptedKeyOfAnotherCasServerIsNotBelieved() {
    answer(part(ENVELOPED, sealedBy(stranger, "dns:localhost")), certificatePart(certificate));

    assertUntrusted(encrypted(), "may not vouch");
  }

  @Test
  void anEncryptedKeyThatAnotherDeviceSignedIsNotBelieved() {
    answer(part(ENVELOPED, sealedBy(ca, "dns:sensor-2.example")), certificatePart(certificate));

    assertUntrusted(encrypted(), "may not vouch");
  }

  @Test
  void aClearKeyIsNotTakenWhenEncryptionWasAskedFor() {
    answer(part(PKCS8, key.pkcs8()), certificatePart(certificate));

    assertUntrusted(encrypted(), "in the clear");
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsNotTaken() {
    Certificate other = ca.issue(NAMES, KeyPairs.generate(KeyType.P_256), List.of());
    answer(part(PKCS8, key.pkcs8()), certificatePart(other));

    assertUntrusted(new Protection.TlsAlone(), "do not belong together");
  }

  @Test
  void aCertificateOfAnotherCaIsNotTaken() {
    answer(part(PKCS8, key.pkcs8()), certificatePart(stranger.issue(NAMES, pair, List.of())));

    assertUntrusted(new Protection.TlsAlone(), "relied upon");
  }

  @Test
  void anythingButOneKeyAndOneCertificateIsNotEst() {
    answer(part(PKCS8, key.pkcs8()));
    assertNotEst();
    server.stopAnswering("serverkeygen");
    answer(part(PKCS8, key.pkcs8()), part(PKCS8, key.pkcs8()));
    assertNotEst();
    server.stopAnswering("serverkeygen");
    answer(certificatePart(certificate), certificatePart(certificate));
    assertNotEst();
    server.stopAnswering("serverkeygen");
    answer(
        part(PKCS8, key.pkcs8()),
        certificatePart(certificate),
        part("text/plain", "hello".getBytes(StandardCharsets.US_ASCII)));
    assertNotEst();
    server.stopAnswering("serverkeygen");
    server.answerCertificates("serverkeygen", List.of(certificate));
    assertNotEst();
  }

  @Test
  void pendingSaysWhenToAskAgain() {
    server.answer("serverkeygen", 202, List.of("Retry-After", "90"), Body.EMPTY);

    assertThat(client().serverKeygen(anchors, CREDENTIAL, order(new Protection.TlsAlone())))
        .isEqualTo(new KeyedEnrollment.Pending(Duration.ofSeconds(90)));
  }

  private byte[] sealedBy(TestServer.Ca issuer, String name) {
    KeyPair own = KeyPairs.generate(KeyType.P_256);
    Certificate signer =
        issuer.issue(
            SubjectNames.parse("CN=maker", List.of(name)), own, List.of(TestServer.SERVER_AUTH));
    return ServerGeneratedKey.seal(
        key,
        new KeyPackageSigner(own.getPrivate(), new CertificateChain(signer, List.of())),
        KeyEncipherment.withKey(SHARED, SmimeCapabilities.ours()));
  }

  private void answer(MultipartMixed.Laid... parts) {
    MultipartMixed.Encoded message = MultipartMixed.encode(List.of(parts));
    server.answer(
        "serverkeygen", 200, List.of("Content-Type", message.contentType()), message.body());
  }

  private static MultipartMixed.Laid certificatePart(Certificate certificate) {
    return part(CERTIFICATES, CertsOnly.encode(List.of(certificate)));
  }

  private static MultipartMixed.Laid part(String type, byte[] der) {
    return new MultipartMixed.Laid(
        List.of("Content-Type: " + type), EstBase64.encode(der, EstBase64.Form.WRAPPED));
  }

  private static String base64(byte[] der) {
    return java.util.Base64.getEncoder().encodeToString(der);
  }

  private static Protection encrypted() {
    return new Protection.Encrypted(new KeyDecryption.BySharedKey(SHARED));
  }

  private static ServerKeyOrder order(Protection protection) {
    return new ServerKeyOrder(NAMES, KeyType.P_256, protection);
  }

  private KeyedEnrollment.Issued ask(Protection protection) {
    return (KeyedEnrollment.Issued) client().serverKeygen(anchors, CREDENTIAL, order(protection));
  }

  private void assertUntrusted(Protection protection, String why) {
    assertThatThrownBy(() -> ask(protection))
        .isInstanceOf(EstClientException.Untrusted.class)
        .hasMessageContaining(why);
  }

  private void assertNotEst() {
    assertThatThrownBy(() -> ask(new Protection.TlsAlone()))
        .isInstanceOf(EstClientException.Transport.class);
  }

  private EstClient client() {
    return new EstClient(server.address(), Duration.ofSeconds(10), Clock.systemUTC());
  }

  private TestServer start() {
    try {
      return TestServer.start(ca, List.of("dns:localhost"), List.of(TestServer.SERVER_AUTH));
    } catch (java.io.IOException | java.security.GeneralSecurityException e) {
      throw new IllegalStateException("the test server does not start", e);
    }
  }
}
