package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.est.client.Linking;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Framing;
import dev.chancery.interop.est.HostilePeer.Reply;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.transport.Body;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers from which no certificate may come, each with an error of its own.
class BadAnswersTest extends HostileClientSetup {
  @Test
  @Requirement("EST-121")
  void aCertificateForAnotherKey() {
    var other = HostileAuthority.publicKey(KeyPairs.generate(KeyType.P_256));
    peer.on("simpleenroll", request -> HostilePeer.certificates(authority.issue(NAMES, other)));

    assertFails(Code.CERTIFICATE_FOR_ANOTHER_KEY, () -> enroll(client()));
  }

  @Test
  @Requirement("EST-121")
  void aCertificateOfAForeignIssuer() {
    HostileAuthority foreign = HostileAuthority.root("CN=Root");
    peer.on(
        "simpleenroll",
        request ->
            HostilePeer.certificates(
                foreign.issue(NAMES, request.request().template().subjectPublicKey()),
                foreign.certificate()));

    assertFails(Code.CERTIFICATE_UNTRUSTED, () -> enroll(client()));
  }

  @Test
  @Requirement("EST-121")
  void aCertificateThatHasExpired() {
    peer.on(
        "simpleenroll",
        request ->
            HostilePeer.certificates(
                authority.issueExpired(NAMES, request.request().template().subjectPublicKey())));

    assertFails(Code.CERTIFICATE_UNTRUSTED, () -> enroll(client()));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 500, 502, 503})
  void aWebPageForAnError(int status) {
    peer.on(
        "simpleenroll",
        request ->
            Reply.of(status, "Content-Type", "text/html; charset=utf-8")
                .with("<html><script>alert(1)</script>Forbidden</html>"));

    EstClientException failure = failure(() -> enroll(client()));

    assertThat(failure.code()).isEqualTo(Code.WEB_PAGE);
    assertThat(failure).hasMessageContaining("answered " + status).hasMessageNotContaining("<");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/html", "application/octet-stream", "application/pkcs10", "nonsense"})
  void aBodyOfAnotherType(String type) {
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates(peer.issued(request)).header("Content-Type", type));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void aBodyWithoutAType() {
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates(peer.issued(request)).without("Content-Type"));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "MAA=", "????", "MIIBAAAA", "<html>"})
  void aBodyThatIsNoCertificates(String body) {
    peer.on("simpleenroll", request -> HostilePeer.certificates().with(body));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void rawDerInsteadOfBase64() {
    peer.on(
        "simpleenroll",
        request ->
            HostilePeer.certificates()
                .with(
                    Body.of(
                        dev.chancery.pki.cms.CertsOnly.encode(
                            java.util.List.of(peer.issued(request))))));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void anAnswerThatIsCutShort() {
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates(peer.issued(request)).with(Framing.CUT_SHORT));

    assertFails(Code.UNREACHABLE, () -> enroll(client()));
  }

  @Test
  void anAnswerThatIsCutShortBeforeTheClose() {
    peer.on(
        "simpleenroll",
        request -> {
          Reply whole = HostilePeer.certificates(peer.issued(request));
          byte[] bytes = whole.body().toByteArray();
          return whole
              .with(Body.of(java.util.Arrays.copyOf(bytes, bytes.length / 2)))
              .with(Framing.UNTIL_CLOSE);
        });

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void anAnswerWithoutEnd() {
    peer.on(
        "simpleenroll", request -> HostilePeer.certificates().with("A".repeat(3 * 1024 * 1024)));

    assertFails(Code.NOT_EST, () -> enroll(client()));
  }

  @Test
  void aHeaderWithoutEnd() {
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates().header("X-Long", "x".repeat(1024 * 1024)));

    assertFails(Code.UNREACHABLE, () -> enroll(client()));
  }

  @Test
  void anAnswerThatComesByteByByte() {
    peer.on(
        "simpleenroll",
        request -> HostilePeer.certificates(peer.issued(request)).dripping(Duration.ofMillis(100)));

    assertFails(Code.TIMEOUT, () -> enroll(settings().timeout(Duration.ofMillis(700)).build()));
  }

  @Test
  void aServerThatIsNotThere() {
    peer.close();

    assertFails(Code.UNREACHABLE, () -> enroll(client()));
  }

  @Test
  @Requirement("EST-127")
  void wordsThatWouldSteerATerminalAreMadeHarmless() {
    peer.on(
        "simpleenroll",
        request ->
            Reply.of(403, "Content-Type", "text/plain")
                .with("\u001b[2J\u001b]0;owned\u0007no\r\nway\u202e " + "x".repeat(1_000_000)));

    EstClientException failure = failure(() -> enroll(client()));

    assertThat(failure.code()).isEqualTo(Code.REFUSED);
    assertThat(((EstClientException.Refused) failure).explanation())
        .hasSizeLessThan(600)
        .contains("no way x")
        .doesNotContainPattern("[\\p{Cntrl}\\p{Cf}]");
  }

  @Test
  @Requirement("EST-125")
  void wordsWithoutATypeAreShown() {
    peer.on("simpleenroll", request -> Reply.of(400).with("the key is too weak"));

    assertThat(failure(() -> enroll(client()))).hasMessageContaining("the key is too weak");
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 202, 203, 204, 206, 304, 400, 404, 500})
  @Requirement("EST-061")
  void caCertificatesComeWith200Alone(int status) {
    peer.on(
        "cacerts",
        request -> {
          Reply sound = HostilePeer.certificates(authority.certificate());
          boolean withoutBody = status == 204 || status == 304;
          return new Reply(
              status,
              sound.headers(),
              withoutBody ? Body.EMPTY : sound.body(),
              Framing.CONTENT_LENGTH,
              false,
              Duration.ZERO);
        });

    assertFails(Code.REFUSED, () -> client().refreshedAnchors(explicit()));
    assertFails(Code.REFUSED, () -> client().bootstrap(Fingerprint.of(authority.certificate())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"????", "BAA=", "MAM=", "<html>"})
  @Requirement("EST-191")
  void attributesThatAreNone(String body) {
    peer.on(
        "csrattrs", request -> Reply.of(200, "Content-Type", "application/csrattrs").with(body));

    assertFails(Code.NOT_EST, () -> client().csrAttributes(explicit()));
  }

  @Test
  @Requirement("EST-100")
  void aRenewalWithOtherNames() {
    var holder =
        new dev.chancery.est.client.ClientAuthentication.Holder(
            key().getPrivate(),
            java.util.List.of(authority.issue(NAMES, HostileAuthority.publicKey(key()))));
    peer.on(
        "simplereenroll",
        request ->
            HostilePeer.certificates(
                authority.issue(
                    dev.chancery.pki.name.SubjectNames.parse("CN=root-of-all", java.util.List.of()),
                    request.request().template().subjectPublicKey())));

    assertFails(
        Code.CERTIFICATE_NAMES, () -> client().reenroll(explicit(), holder, draft(Linking.OFF)));
  }
}
