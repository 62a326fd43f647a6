package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.EstWarning;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.est.client.HttpScheme;
import dev.chancery.est.client.Linking;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.est.HostilePeer.Received;
import dev.chancery.interop.est.HostilePeer.Reply;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Basic and Digest on the client's side.
@Requirement("EST-225")
class HttpAuthenticationTest extends HostileClientSetup {
  private static final String REALM = "factory";
  private static final String NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c0";

  @Test
  void basicGoesWithTheFirstRequest() {
    enrolled();

    assertThat(peer.received("simpleenroll"))
        .singleElement()
        .satisfies(request ->
            assertThat(request.header("authorization")).contains("Basic ZGV2aWNlLTE6czNjcmV0"));
  }

  @ParameterizedTest
  @CsvSource({"DIGEST, SHA-256, SHA-256", "DIGEST_MD5, MD5, MD5", "DIGEST_MD5, SHA-256, SHA-256"})
  void digestAnswersTheChallengeAndNeverShowsTheSecret(
      HttpScheme scheme, String algorithm, String hash) throws Exception {
    peer.inTurn(
        "simpleenroll",
        request -> Reply.of(401, "WWW-Authenticate", challenge(algorithm)),
        request -> HostilePeer.certificates(peer.issued(request)));

    Enrollment enrollment = enroll(settings().httpScheme(scheme).build());

    assertThat(enrollment).isInstanceOf(Enrollment.Issued.class);
    var received = peer.received("simpleenroll");
    assertThat(received.get(0).header("authorization")).isEmpty();
    String answer = received.get(1).header("authorization").orElseThrow();
    assertThat(answer).startsWith("Digest ").doesNotContain("s3cret");
    assertThat(parameter(answer, "response")).isEqualTo(expected(received.get(1), answer, hash));
  }

  /// RFC 7616 §3.4.1, with qop=auth.
  private static String expected(Received request, String answer, String hash)
      throws NoSuchAlgorithmException {
    String a1 = hex(hash, CREDENTIAL.id() + ":" + REALM + ":" + CREDENTIAL.secret());
    String a2 = hex(hash, request.method() + ":" + request.path());
    return hex(
        hash,
        String.join(
            ":",
            a1,
            NONCE,
            parameter(answer, "nc"),
            parameter(answer, "cnonce"),
            parameter(answer, "qop"),
            a2));
  }

  private static String hex(String hash, String text) throws NoSuchAlgorithmException {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance(hash).digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String parameter(String header, String name) {
    Matcher matcher = Pattern.compile("\\b" + name + "=\"?([^\",]+)").matcher(header);
    assertThat(matcher.find()).as(name + " in " + header).isTrue();
    return matcher.group(1);
  }

  private static String challenge(String algorithm) {
    return "Digest realm=\""
        + REALM
        + "\", nonce=\""
        + NONCE
        + "\", qop=\"auth\", algorithm="
        + algorithm;
  }

  @Test
  void theStrongestOfSeveralChallengesIsAnswered() {
    peer.inTurn(
        "simpleenroll",
        request ->
            Reply.of(401, "WWW-Authenticate", challenge("MD5") + ", " + challenge("SHA-256")),
        request -> HostilePeer.certificates(peer.issued(request)));

    enroll(settings().httpScheme(HttpScheme.DIGEST_MD5).build());

    assertThat(peer.received("simpleenroll").get(1).header("authorization").orElseThrow())
        .contains("SHA-256");
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, 'Negotiate', Negotiate",
    "BASIC, 'Digest realm=\"x\", nonce=\"y\"', Digest with MD5",
    "DIGEST, 'Basic realm=\"x\"', Basic",
    "DIGEST, 'Digest realm=\"x\", nonce=\"y\", algorithm=MD5', Digest with MD5",
    "DIGEST_MD5, 'Bearer realm=\"x\"', Bearer"
  })
  void aSchemeThatWasNotChosenEndsIt(HttpScheme scheme, String challenge, String named) {
    peer.on("simpleenroll", request -> Reply.of(401, "WWW-Authenticate", challenge));

    EstClientException failure = failure(() -> enroll(settings().httpScheme(scheme).build()));

    assertThat(failure.code()).isEqualTo(Code.AUTHENTICATION_UNSUPPORTED);
    assertThat(failure).hasMessageContaining(named);
    assertThat(peer.received()).hasSize(1);
  }

  @Test
  void aWrongSecretIsNotTriedForEver() {
    peer.on("simpleenroll", request -> Reply.of(401, "WWW-Authenticate", challenge("SHA-256")));

    assertFails(Code.REFUSED, () -> enroll(settings().httpScheme(HttpScheme.DIGEST).build()));
    assertThat(peer.received()).hasSize(2);
  }

  @Test
  @Requirement("EST-261")
  void noSecretLeavesBeforeTheServerIsKnown() {
    replacePeer(
        HostilePeer.start(
            authority,
            authority,
            "TLSv1.3",
            "dns:elsewhere.example",
            HostileAuthority.SERVER_AUTH));

    assertFails(Code.SERVER_NAME_MISMATCH, () -> enroll(client()));
    assertThat(peer.received()).isEmpty();
  }

  @Test
  @Requirement("EST-263")
  void aSecretUnderImplicitAnchorsIsWarnedAbout() {
    client().enroll(implicit(), CREDENTIAL, draft(Linking.OFF));

    assertThat(warnings).containsExactly(EstWarning.SECRET_UNDER_IMPLICIT_ANCHORS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"y\""})
  @Requirement("EST-265")
  void aDemandDuringTheBootstrapEndsIt(String challenge) {
    peer.on("cacerts", request -> Reply.of(401, "WWW-Authenticate", challenge));

    assertFails(Code.REFUSED, () -> client().bootstrap(Fingerprint.of(authority.certificate())));
    assertThat(peer.received())
        .singleElement()
        .matches(request -> request.header("authorization").isEmpty());
  }
}
