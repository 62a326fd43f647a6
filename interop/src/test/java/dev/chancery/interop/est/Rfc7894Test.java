package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.credential.Credentials;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The attributes of RFC 7894: each is processed, or the request fails.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement("EST-290")
class Rfc7894Test {
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    chancery =
        Installation.start(
            temporary,
            """
            est:
              endpoints:
                - {label: ""}
                - {label: otp, one-time-password-attribute: accepted}
                - {label: otp-cert, authentication: certificate, one-time-password-attribute: accepted}
                - {label: otp-both, authentication: both, one-time-password-attribute: accepted}
                - {label: linked, channel-binding: required, identity-linking-attribute: est-identity-linking}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  void theLinkingAttributeIsAnnouncedAndVerifiedLikeAChallengePassword() {
    CsrAttributes announced;
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      Wire.Answer answer =
          wire.send("GET", "/.well-known/est/linked/csrattrs", Map.of(), new byte[0]);
      announced = CsrAttributes.parse(Base64.getMimeDecoder().decode(answer.body().toByteArray()));
    }
    assertThat(announced.demandsChannelBinding()).isTrue();
    assertThat(announced.identityLinkingAttribute()).isEqualTo(CsrAttributes.EST_IDENTITY_LINKING);

    Credentials.Created credential = chancery.credential("device", 2, "CN=linked");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      String binding = Base64.getEncoder().encodeToString(wire.tlsExporter());
      Wire.Answer answer =
          wire.send(
              "POST",
              "/.well-known/est/linked/simpleenroll",
              basic(credential),
              der(builder("CN=linked").estIdentityLinking(binding)));
      assertThat(certificateIn(answer).subject()).hasToString("CN=linked");
    }
  }

  @Test
  void aWrongLinkIsRefusedWhereverItComesAndWhateverStandsBesideIt() {
    Credentials.Created credential = chancery.credential("CN=linked");
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      String binding = Base64.getEncoder().encodeToString(wire.tlsExporter());
      for (CertificationRequestBuilder wrong :
          List.of(
              builder("CN=linked").estIdentityLinking("secret123"),
              builder("CN=linked").estIdentityLinking(""),
              builder("CN=linked").challengePassword(binding).estIdentityLinking("other"),
              builder("CN=linked").challengePassword("other").estIdentityLinking(binding))) {
        Wire.Answer answer =
            wire.send("POST", "/.well-known/est/simpleenroll", basic(credential), der(wrong));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("channel-binding-wrong");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"'', 400", "otp/, 400"})
  void aRevocationPasswordCannotBeProcessedSoTheRequestFails(String label, int status) {
    Credentials.Created credential = chancery.credential("CN=revocable");

    Wire.Answer answer =
        post(
            label + "simpleenroll",
            basic(credential),
            Optional.empty(),
            builder("CN=revocable").revocationChallenge("revoke me"));

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).contains("revocationChallenge");
    assertThat(usesLeft(credential)).isEqualTo(1);
  }

  @Test
  void whereOneTimePasswordsAreNotTakenTheRequestFails() {
    Credentials.Created credential = chancery.credential("CN=once");

    Wire.Answer answer =
        post(
            "simpleenroll",
            basic(credential),
            Optional.empty(),
            builder("CN=once").otpChallenge(password(credential)));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("otpChallenge");
    assertThat(usesLeft(credential)).isEqualTo(1);
  }

  @Test
  void aOneTimePasswordAloneEnrolsOnce() {
    Credentials.Created credential = chancery.credential("CN=once");

    Wire.Answer first =
        post(
            "otp/simpleenroll",
            pkcs10(),
            Optional.empty(),
            builder("CN=once").otpChallenge(password(credential)));
    Wire.Answer second =
        post(
            "otp/simpleenroll",
            pkcs10(),
            Optional.empty(),
            builder("CN=once").otpChallenge(password(credential)));

    assertThat(certificateIn(first).subject()).hasToString("CN=once");
    assertThat(second.status()).isEqualTo(403);
    assertThat(second.text()).contains("credential-exhausted");
  }

  @Test
  void aWrongOneTimePasswordFailsTheRequestEvenBesideARightPassword() {
    Credentials.Created credential = chancery.credential("CN=once");
    Credentials.Created other = chancery.credential("CN=other");

    Wire.Answer wrong =
        post(
            "otp/simpleenroll",
            basic(credential),
            Optional.empty(),
            builder("CN=once").otpChallenge(credential.credential().id() + ":guess"));
    Wire.Answer foreign =
        post(
            "otp/simpleenroll",
            basic(credential),
            Optional.empty(),
            builder("CN=once").otpChallenge(password(other)));
    Wire.Answer shapeless =
        post(
            "otp/simpleenroll",
            pkcs10(),
            Optional.empty(),
            builder("CN=once").otpChallenge("123456"));

    assertThat(wrong.status()).isEqualTo(401);
    assertThat(foreign.status()).isEqualTo(400);
    assertThat(shapeless.status()).isEqualTo(400);
    assertThat(usesLeft(credential)).isEqualTo(1);
  }

  @Test
  void besideACertificateItIsAnotherFactor() {
    Wire.Identity device = chancery.device("CN=two-factors");
    Credentials.Created credential = chancery.credential("CN=two-factors");

    Wire.Answer certificateAlone =
        post("otp-both/simpleenroll", pkcs10(), Optional.of(device), builder("CN=two-factors"));
    Wire.Answer passwordAlone =
        post(
            "otp-cert/simpleenroll",
            pkcs10(),
            Optional.empty(),
            builder("CN=two-factors").otpChallenge(password(credential)));
    Wire.Answer both =
        post(
            "otp-both/simplereenroll",
            pkcs10(),
            Optional.of(device),
            builder("CN=two-factors").otpChallenge(password(credential)));

    assertThat(certificateAlone.status()).isEqualTo(401);
    assertThat(passwordAlone.status()).isEqualTo(403);
    assertThat(certificateIn(both).subject()).hasToString("CN=two-factors");
    assertThat(usesLeft(credential)).isZero();
  }

  @Test
  void atACertificateEndpointAWrongOneFailsTheRequestToo() {
    Wire.Identity device = chancery.device("CN=cert-otp");

    Wire.Answer wrong =
        post(
            "otp-cert/simplereenroll",
            pkcs10(),
            Optional.of(device),
            builder("CN=cert-otp").otpChallenge("nobody:guess"));

    assertThat(wrong.status()).isEqualTo(401);
  }

  private int usesLeft(Credentials.Created credential) {
    return chancery
        .services()
        .credentials()
        .find(credential.credential().id())
        .orElseThrow()
        .usesLeft();
  }

  private static String password(Credentials.Created credential) {
    return credential.credential().id() + ":" + credential.secret();
  }

  private static CertificationRequestBuilder builder(String subject) {
    return CertificationRequestBuilder.builder(
        SubjectNames.parse(subject, List.of()), KeyPairs.generate(KeyType.P_256));
  }

  private static byte[] der(CertificationRequestBuilder builder) {
    return base64(builder.build().der().toByteArray());
  }

  private Wire.Answer post(
      String operation,
      Map<String, String> headers,
      Optional<Wire.Identity> identity,
      CertificationRequestBuilder builder) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", identity)) {
      return wire.send("POST", "/.well-known/est/" + operation, headers, der(builder));
    }
  }
}
