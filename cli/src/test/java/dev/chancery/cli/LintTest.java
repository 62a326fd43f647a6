package dev.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.SelfSigned;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.MessageType;
import dev.chancery.scep.wire.Nonce;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SCEP-213: `chancery lint` says what would become of a request and makes nothing of it, and
/// `chancery config check` names the risks that a configuration takes.
class LintTest {
  @TempDir private Path folder = Path.of("");
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path request(String subject) throws IOException {
    return request(KeyPairs.generate(KeyType.P_256), subject, "");
  }

  private Path request(KeyPair key, String subject, String challenge) throws IOException {
    var builder = CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of()), key);
    byte[] der =
        (challenge.isEmpty() ? builder : builder.challengePassword(challenge))
            .build()
            .der()
            .toByteArray();
    return Files.write(folder.resolve("request.der"), der);
  }

  private static String golden(String out) {
    return out.replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
  }

  private long certificates() {
    return server.json("cert", "list").path("certificates").size();
  }

  private String credential(String... options) {
    List<String> all = new java.util.ArrayList<>(List.of("credential", "create"));
    all.addAll(List.of(options));
    return server.json(all.toArray(String[]::new)).path("id").asText();
  }

  @Test
  void whatWouldBeIssuedIsShownAndNothingIsUsedUp() throws IOException {
    String id = credential("--subject", "CN=device-1", "--san", "dns:device-1.example");
    long before = certificates();
    Path csr = request("CN=device-1");

    CommandLineRun run =
        server.run("lint", csr.toString(), "--endpoint", "est", "--credential", id);

    assertThat(golden(run.out()))
        .isEqualTo(
            """
            verdict     issued
            names       CN=device-1 [dns:device-1.example]
            issuer      issuing
            profile     device
            key         p-256
            valid from  TIME
            valid to    TIME
            key usage   digitalSignature
            extended    1.3.6.1.5.5.7.3.2
            """);
    assertThat(run.exitCode()).isZero();
    assertThat(certificates()).isEqualTo(before);
    assertThat(server.json("credential", "show", id).path("usesLeft").asInt()).isEqualTo(1);
  }

  @Test
  void theRuleThatIsInTheWayIsNamed() throws IOException {
    String id = credential("--subject", "CN=device-1", "--device", "C02X");
    long entries = server.json("audit", "list").path("entries").size();

    CommandLineRun otherDevice =
        server.run(
            "lint", request("CN=device-1").toString(), "--endpoint", "est", "--credential", id);
    CommandLineRun nobody =
        server.run("lint", request("CN=device-1").toString(), "--endpoint", "scep");

    assertThat(otherDevice.out())
        .isEqualTo(
            """
            refused     credential-not-for-device
            because     the credential "%s" is for another device than CN=device-1
            hint        name the device in the request (serialNumber, CN, UID or a dns:, uri: or email: name), or ask the operator for a credential for this one
            """
                .formatted(id));
    assertThat(otherDevice.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(nobody.out()).startsWith("refused     credential-missing\n");
    // Not even in the audit.
    assertThat(server.json("audit", "list").path("entries")).hasSize((int) entries);
  }

  @Test
  void aKeyOfAnotherIdentityAndAnOperatorInTheWayAreSeenBeforehand() throws IOException {
    var device = server.device(folder);
    assertThat(device.enroll(server.fingerprint()).exitCode()).isZero();
    KeyPair key = device.files().keyPair();
    String other = credential("--subject", "CN=other");
    String byHand = credential("--subject", "CN=waits", "--profile", "by-hand");

    CommandLineRun taken =
        server.run(
            "lint",
            request(key, "CN=other", "").toString(),
            "--endpoint",
            "est",
            "--credential",
            other);
    CommandLineRun waits =
        server.run(
            "lint", request("CN=waits").toString(), "--endpoint", "est", "--credential", byHand);

    assertThat(taken.out()).startsWith("refused     key-reused\n");
    assertThat(waits.out()).startsWith("verdict     waits for an operator\nnames       CN=waits\n");
    assertThat(waits.exitCode()).isEqualTo(ExitCode.PENDING);
    assertThat(server.json("request", "list").path("requests")).isEmpty();
  }

  @Test
  void aScepMessageIsOpenedAndItsChallengeLookedAt() throws Exception {
    JsonNode made = server.json("credential", "create", "--subject", "CN=device-2");
    String challenge = made.path("id").asText() + ":" + made.path("secret").asText();

    CommandLineRun right = server.run("lint", message(challenge), "--endpoint", "scep");
    CommandLineRun wrong = server.run("lint", message(challenge + "x"), "--endpoint", "scep");

    assertThat(right.out()).startsWith("verdict     issued\nnames       CN=device-2\n");
    assertThat(wrong.out()).startsWith("refused     credential-unknown\n");
    assertThat(server.json("credential", "show", made.path("id").asText()).path("usesLeft").asInt())
        .isEqualTo(1);
  }

  private String message(String challenge) throws Exception {
    KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
    byte[] csr = Files.readAllBytes(request(key, "CN=device-2", challenge));
    HttpResponse<byte[]> authorities =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(server.scepUrl() + "?operation=GetCACert"))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    Certificate recipient = CertsOnly.parse(authorities.body()).getFirst();
    Instant now = Instant.now();
    MessageKey signer =
        new MessageKey(
            SelfSigned.of(
                DistinguishedName.parse("CN=device-2"), key, now, now.plus(Duration.ofDays(1))),
            key.getPrivate());
    byte[] message =
        PkiRequest.encode(
            MessageType.PKCS_REQ,
            new MessageHeader(TransactionId.fresh(), Nonce.fresh()),
            csr,
            recipient,
            ContentCipher.AES_128,
            signer,
            DigestAlgorithm.SHA_256,
            List.of());
    return Files.write(folder.resolve("message.der"), message).toString();
  }

  @Test
  void theRisksOfAConfigurationAreNamed() throws IOException {
    Files.writeString(folder.resolve("all.secret"), "M3TQ7ZKXW2NB5RDH6VJY4CPGFA\n");
    Path file =
        Files.writeString(
            folder.resolve("risky.yaml"),
            """
            server: {metrics: everyone}
            profiles:
              device: {key-reuse: shared, copied-extensions: [1.2.3.4], rules: {requested-names: warn}}
            scep:
              endpoints:
                - {label: old, algorithms: legacy}
                - label: phones
                  algorithms: compat
                  static-challenge: {file: all.secret, subjects: ["CN=phone-*"]}
            """);

    CommandLineRun risky = server.run("config", "check", "--file", file.toString());
    CommandLineRun sound = server.run("config", "check");

    assertThat(risky.out())
        .isEqualTo(
            """
            %s is sound
            risk: server.metrics: everybody may read the metrics, without TLS
            risk: profile device: a key may be certified for any names; whoever has one is whoever it wants to be
            risk: profile device: extensions are copied from requests as they come: 1.2.3.4
            risk: profile device: the rule requested-names is not enforced: warn
            risk: scep/old: messages with MD5, SHA-1, DES and triple DES are accepted
            risk: scep/phones: a static challenge is in use; whoever learns it can ask for every name of its patterns
            risk: scep/phones: messages with SHA-1 and triple DES are accepted
            """
                .formatted(file));
    assertThat(risky.exitCode()).isZero();
    assertThat(sound.out()).hasLineCount(1);
  }
}
