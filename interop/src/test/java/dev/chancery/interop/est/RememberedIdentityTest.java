package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.base64;
import static dev.chancery.interop.Installation.certificateIn;
import static dev.chancery.interop.Installation.pkcs10;
import static dev.chancery.interop.Installation.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.crypto.Randomness;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A client certificate is worth what the ledger says at each request, however it was presented.
class RememberedIdentityTest {
  private static final String REGISTRATION_AUTHORITY =
      """
      est:
        endpoints:
          - label: ""
            registration-authorities:
              - subject: CN=ra
                names: {subjects: ["CN=line-*"]}
      """;

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Requirement("EST-005")
  void onAResumedSessionTheRememberedCertificateIsCheckedAgain(
      String protocol, @TempDir Path folder) {
    try (Installation chancery = Installation.startWithTls(folder, "provider: jdk", "")) {
      Wire.Identity device = chancery.device("CN=resumed");
      SSLContext context = Wire.context(Optional.of(device));
      long first;
      try (Wire wire = Wire.connect(chancery.server().tlsPort(), protocol, context)) {
        assertThat(renew(wire, "CN=resumed").status()).isEqualTo(200);
        first = wire.sessionCreated();
      }
      try (Wire wire = Wire.connect(chancery.server().tlsPort(), protocol, context)) {
        assertThat(wire.sessionCreated()).as("resumed").isEqualTo(first);
        assertThat(renew(wire, "CN=resumed").status()).isEqualTo(200);
        chancery
            .services()
            .revocations()
            .revoke("issuing", device.chain().getFirst().serialNumber(), "keyCompromise", "test");
        assertThat(renew(wire, "CN=resumed").text()).contains("certificate-revoked");
      }
      try (Wire wire = Wire.connect(chancery.server().tlsPort(), protocol, context)) {
        assertThat(wire.sessionCreated()).as("resumed").isEqualTo(first);
        Wire.Answer answer = renew(wire, "CN=resumed");
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).contains("certificate-revoked");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"conscrypt, none", "conscrypt, issuers", "jdk, none", "jdk, issuers"})
  @Requirement("EST-010")
  void theServerNamesTheIssuersItTakesOrNone(String provider, String names, @TempDir Path folder) {
    Assumptions.assumeTrue(
        provider.equals("jdk") || Conscrypt.isAvailable(), "Conscrypt is not available here");
    try (Installation chancery =
        Installation.startWithTls(
            folder, "provider: " + provider + ", client-ca-names: " + names, "")) {
      AskedFor asked = new AskedFor();

      try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.2", Wire.context(asked))) {
        assertThat(wire.sessionCreated()).isPositive();
      }

      assertThat(asked.issuers.get())
          .as("the server asked for a certificate")
          .isNotNull()
          .hasSize(names.equals("none") ? 0 : 2);
    }
  }

  @Test
  @Requirement("EST-104")
  void whereTheRuleEnforcesItARenewedCertificateDoesNotRenewAgain(@TempDir Path folder) {
    try (Installation chancery =
        Installation.start(folder, "profiles: {device: {rules: {superseded: enforce}}}\n")) {
      Wire.Identity device = chancery.device("CN=old");

      Wire.Answer first = renew(chancery, device, "CN=old");
      Wire.Answer second = renew(chancery, device, "CN=old");

      assertThat(first.status()).isEqualTo(200);
      assertThat(second.status()).isEqualTo(403);
      assertThat(second.text()).contains("certificate-superseded");
    }
  }

  @Test
  @Requirement("EST-104")
  void theGraceOfExpiredCertificatesIsForTheNewestOnly(@TempDir Path folder) {
    try (Installation chancery =
        Installation.start(folder, "est: {endpoints: [{label: \"\", expired-grace: 2d}]}\n")) {
      Wire.Identity device = chancery.device("CN=old");
      assertThat(renew(chancery, device, "CN=old").status()).isEqualTo(200);
      chancery.clock().advance(Duration.ofDays(91));

      Wire.Answer answer = renew(chancery, device, "CN=old");

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("certificate-superseded");
    }
  }

  @Test
  @Requirement("EST-104")
  void aCertificateOfTheFutureRenewsNothing(@TempDir Path folder) {
    try (Installation chancery = Installation.start(folder, "")) {
      Wire.Identity device = chancery.device("CN=early");
      chancery.clock().advance(Duration.ofMinutes(-10));

      Wire.Answer answer = renew(chancery, device, "CN=early");

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("certificate-not-yet-valid");
    }
  }

  @Test
  @Requirement({"EST-107", "EST-231"})
  void aRegistrationAuthorityRenewsTheOneCertificateOfThatNameOrNone(@TempDir Path folder) {
    try (Installation chancery = Installation.start(folder, REGISTRATION_AUTHORITY)) {
      Wire.Identity authority = registrationAuthority(chancery);
      chancery.device("CN=line-1");
      chancery.device("CN=line-2");
      chancery.device("CN=line-2");

      Wire.Answer none = renew(chancery, authority, "CN=line-0");
      Wire.Answer one = renew(chancery, authority, "CN=line-1");
      Wire.Answer two = renew(chancery, authority, "CN=line-2");

      assertThat(none.status()).isEqualTo(404);
      assertThat(none.text()).contains("no current certificate");
      assertThat(certificateIn(one).subject()).hasToString("CN=line-1");
      assertThat(chancery.issued().getFirst().replaces()).isPresent();
      assertThat(two.status()).isEqualTo(404);
      assertThat(two.text()).contains("more than one current certificate");
    }
  }

  @Test
  @Requirement({"EST-231", "EST-232"})
  void aRegistrationAuthorityVouchesForItsClientsBindingAndTheAuditNamesBoth(@TempDir Path folder) {
    try (Installation chancery = Installation.start(folder, REGISTRATION_AUTHORITY)) {
      Wire.Identity authority = registrationAuthority(chancery);
      Wire.Identity ordinary = chancery.device("CN=line-7");

      Wire.Answer vouched = bound(chancery, authority, "CN=line-8");
      var audited = chancery.lastAudit().event();
      Wire.Answer refused = bound(chancery, ordinary, "CN=line-7");
      Wire.Answer outside = bound(chancery, authority, "CN=bank");

      assertThat(certificateIn(vouched).subject()).hasToString("CN=line-8");
      assertThat(audited.actor()).startsWith("registration-authority:issuing/");
      assertThat(audited.details()).containsEntry("requested-names", "CN=line-8");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text()).contains("channel-binding-wrong");
      assertThat(outside.status()).isEqualTo(403);
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("requested-names", "CN=bank")
          .containsEntry("code", "name-not-entitled");
    }
  }

  private static Wire.Identity registrationAuthority(Installation chancery) {
    var made = request("CN=ra");
    return new Wire.Identity(
        made.keyPair(),
        List.of(
            certificateIn(
                chancery.enroll(chancery.credential("registration-authority", 1, "CN=ra"), made))));
  }

  private static Wire.Answer bound(Installation chancery, Wire.Identity identity, String subject) {
    byte[] der =
        CertificationRequestBuilder.builder(
                SubjectNames.parse(subject, List.of()), KeyPairs.generate(KeyType.P_256))
            .challengePassword(Base64.getEncoder().encodeToString(Randomness.bytes(32)))
            .build()
            .der()
            .toByteArray();
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return wire.send("POST", "/.well-known/est/simpleenroll", pkcs10(), base64(der));
    }
  }

  private static Wire.Answer renew(Installation chancery, Wire.Identity identity, String subject) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort(), "TLSv1.3", Optional.of(identity))) {
      return renew(wire, subject);
    }
  }

  private static Wire.Answer renew(Wire wire, String subject) {
    return wire.send(
        "POST", "/.well-known/est/simplereenroll", pkcs10(), request(subject).base64());
  }

  /// Sends no certificate and keeps what the server asked for.
  private static final class AskedFor extends X509ExtendedKeyManager {
    private final AtomicReference<List<Principal>> issuers = new AtomicReference<>();

    @Override
    public @Nullable String chooseClientAlias(String[] keyType, Principal[] asked, Socket socket) {
      issuers.set(asked == null ? List.of() : Arrays.asList(asked));
      return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] asked) {
      return new String[0];
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] asked) {
      return new String[0];
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] asked, Socket socket) {
      throw new UnsupportedOperationException("this side is the client");
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[0];
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      throw new UnsupportedOperationException("there is no key");
    }
  }
}
