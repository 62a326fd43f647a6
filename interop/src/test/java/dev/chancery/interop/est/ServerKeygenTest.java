package dev.chancery.interop.est;

import static dev.chancery.interop.Installation.basic;
import static dev.chancery.interop.Installation.certificateIn;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.Wire;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.KeyEncryptionKey;
import dev.chancery.pki.cms.SmimeCapabilities;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.transport.MediaType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Keys that the server makes (RFC 7030 §4.4), got by curl and opened by openssl.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerKeygenTest {
  private static final String SHARED_KEY = "000102030405060708090a0b0c0d0e0f1011121314151617";

  private static final String CONFIGURATION =
      """
      profiles:
        device: {key-types: [p-256, rsa-2048, ed25519]}
        decrypting: {key-usage: [digitalSignature, keyEncipherment, keyAgreement]}
        guarded: {key-types: [p-256], approval: manual, retry-after: 1s}
      est:
        endpoints:
          - label: ""
            server-keys:
              delivery: plain
              symmetric-keys:
                - {id: device-1, file: device-1.key}
          - label: encrypted
            server-keys: {delivery: encrypted}
          - label: none
      """;

  private static final String PKCS1 = "1.2.840.113549.1.1.1";
  private static final String AES192_WRAP = "2.16.840.1.101.3.4.1.25";

  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    folder = temporary;
    Program.need("curl", "openssl", "awk");
    Path data = Files.createDirectory(folder.resolve("data"));
    privateFile(data.resolve("device-1.key"), SHARED_KEY + "\n");
    chancery = Installation.start(data, CONFIGURATION);
  }

  @AfterAll
  void stop() {
    if (chancery != null) {
      chancery.close();
    }
  }

  @Test
  @Requirement({"EST-161", "EST-164"})
  void curlGetsAKeyThatOpensslReadsWithTheCertificateThatBelongsToIt() throws IOException {
    var credential = chancery.credential("CN=keyless", "dns:keyless.example");
    Path device = Files.createTempDirectory(folder, "device");

    // A key too weak and a digest too old for anything: neither counts.
    Program.run(
            device,
            "bash",
            "-c",
            """
            set -e
            openssl req -new -newkey rsa:1024 -sha1 -nodes -keyout ignored.pem -subj /CN=keyless \
              -addext subjectAltName=DNS:keyless.example -outform DER -out req.der
            openssl base64 -in req.der -out req.b64
            curl -sS --fail --cacert %1$s -u %2$s:%3$s -H 'Content-Type: application/pkcs10' \
              --data-binary @req.b64 %4$s -o reply
            part() {
              awk -v type="$1" 'index($0, "Content-Type: " type) == 1 {p = 1} /^--/ {p = 0} p' reply |
                tr -d '\\r' | grep -v : | openssl base64 -d
            }
            part application/pkcs8 > key.der
            openssl pkey -inform DER -in key.der -out key.pem
            part application/pkcs7-mime | openssl pkcs7 -inform DER -print_certs -out cert.pem
            openssl pkey -in key.pem -pubout -out key.pub
            openssl x509 -in cert.pem -noout -pubkey -out cert.pub
            cmp key.pub cert.pub
            """
                .formatted(
                    chancery.rootFile(),
                    credential.credential().id(),
                    credential.secret(),
                    chancery.url("serverkeygen")))
        .succeeded();

    assertThat(
            Program.run(device, "openssl", "x509", "-in", "cert.pem", "-noout", "-text")
                .succeeded()
                .text())
        .contains("CN = keyless", "DNS:keyless.example", "prime256v1");
  }

  @Test
  @Requirement({"EST-163", "EST-164", "EST-172"})
  void theReplyHasTwoPartsAndIsKeptByNobody() {
    Wire.Answer answer = ask("", chancery.credential("CN=parts"), plain("CN=parts"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type").orElseThrow())
        .startsWith("multipart/mixed; boundary=");
    assertThat(answer.header("Content-Length")).contains(Integer.toString(answer.body().length()));
    assertThat(answer.header("Cache-Control")).contains("no-store");
    assertThat(answer.header("Transfer-Encoding")).isEmpty();
    List<MultipartMixed.Part> parts = partsOf(answer);
    assertThat(parts).hasSize(2);
    assertThat(parts.getFirst().headers())
        .isEqualTo(
            Map.of("content-type", "application/pkcs8", "content-transfer-encoding", "base64"));
    assertThat(parts.getLast().headers())
        .isEqualTo(
            Map.of(
                "content-type",
                "application/pkcs7-mime; smime-type=certs-only",
                "content-transfer-encoding",
                "base64"));
    Certificate certificate = new Reply(answer).certificate();
    assertThat(text(parts.getLast()))
        .isEqualTo(
            new String(
                    Installation.base64(CertsOnly.encode(List.of(certificate))),
                    StandardCharsets.US_ASCII)
                + "\n");
  }

  @Test
  @Requirement("EST-161")
  void keyAndSignatureOfTheRequestAreIgnored() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();
    byte[] garbage = plain("CN=hints").der().toByteArray();
    garbage[garbage.length - 1] ^= 1;
    List<byte[]> requests =
        List.of(
            plain("CN=hints").der().toByteArray(),
            garbage,
            builder("CN=hints", weak).build().der().toByteArray(),
            builder("CN=hints", KeyPairs.generate(KeyType.P_384)).build().der().toByteArray());
    var credential = chancery.credential("device", requests.size(), "CN=hints");

    List<Certificate> certificates =
        requests.stream()
            .map(request -> new Reply(ask("", credential, request)).verified())
            .toList();

    assertThat(certificates)
        .extracting(certificate -> certificate.subjectPublicKeyInfo().type().orElseThrow())
        .containsOnly(KeyType.P_256);
    assertThat(certificates).extracting(Certificate::subjectPublicKeyInfo).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA_2048", "ED25519"})
  @Requirement("EST-161")
  void theRequestsKeyIsAHintWithinTheProfile(KeyType type) {
    var credential = chancery.credential("CN=hint");

    Certificate certificate =
        new Reply(ask("", credential, builder("CN=hint", KeyPairs.generate(type)).build()))
            .verified();

    assertThat(certificate.subjectPublicKeyInfo().type()).contains(type);
  }

  @Test
  @Requirement("EST-162")
  void everyOtherCheckIsThatOfEnrollment() {
    int before = chancery.issued().size();
    var credential = chancery.credential("CN=checked");
    KeyPair key = KeyPairs.generate(KeyType.P_256);

    assertThat(
            ask(
                    "",
                    credential,
                    CertificationRequestBuilder.builder(
                            SubjectNames.parse("CN=checked", List.of("dns:foreign.example")), key)
                        .build())
                .status())
        .isEqualTo(403);
    assertThat(ask("", credential, plain("CN=somebody-else")).status()).isEqualTo(403);
    assertThat(
            ask(
                    "",
                    credential,
                    builder("CN=checked", key)
                        .extension("2.5.29.19", true, new BasicConstraints(true))
                        .build())
                .status())
        .isEqualTo(403);
    assertThat(
            ask("", credential, builder("CN=checked", key).challengePassword("wrong").build())
                .status())
        .isEqualTo(400);
    assertThat(send("", basic(credential.credential().id(), "wrong"), plain("CN=checked")).status())
        .isEqualTo(401);

    assertThat(chancery.issued()).hasSize(before);
    assertThat(ask("", credential, plain("CN=checked")).status()).isEqualTo(200);
  }

  @Test
  @Requirement({"EST-165", "EST-167"})
  void aKeyForASharedKeyIsOpenedByOpenssl() throws IOException {
    var credential = chancery.credential("CN=shared");
    var request =
        builder("CN=shared", KeyPairs.generate(KeyType.P_256))
            .decryptKeyIdentifier(
                KeyEncryptionKey.identifier("device-1"), SmimeCapabilities.of(AES192_WRAP))
            .build();

    Reply reply = new Reply(ask("", credential, request));

    reply.opened(
        "-secretkey",
        SHARED_KEY,
        "-secretkeyid",
        HexFormat.of().formatHex("device-1".getBytes(StandardCharsets.UTF_8)));
    assertThat(reply.printed())
        .contains("d.kekri", "id-aes192-wrap", "aes-256-cbc", "pkcs7-signedData");
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, 1.2.840.113549.1.1.7, rsaesOaep",
    "RSA_3072, 1.2.840.113549.1.1.1, rsaEncryption",
    "P_256, '', dhSinglePass-stdDH-sha256kdf-scheme",
    "P_384, '', dhSinglePass-stdDH-sha384kdf-scheme"
  })
  @Requirement({"EST-165", "EST-168", "EST-169"})
  void aKeyForACertificateIsOpenedByOpenssl(KeyType type, String algorithm, String printed)
      throws IOException {
    Wire.Identity holder = decrypting("CN=holder-" + type.id(), type);
    SmimeCapabilities capabilities =
        algorithm.isEmpty() ? SmimeCapabilities.ours() : SmimeCapabilities.of(algorithm);
    var request =
        builder("CN=holder-" + type.id(), KeyPairs.generate(KeyType.P_256))
            .asymmetricDecryptKeyIdentifier(identifierOf(holder), capabilities)
            .build();

    Reply reply = new Reply(ask("", holder, request));

    Path device = Files.createTempDirectory(folder, "holder");
    privateFile(device.resolve("own.key"), KeyPairs.toPem(holder.keyPair().getPrivate()));
    Files.writeString(device.resolve("own.pem"), holder.chain().getFirst().toPem());
    reply.opened(
        "-recip",
        device.resolve("own.pem").toString(),
        "-inkey",
        device.resolve("own.key").toString());
    assertThat(reply.printed()).contains(printed, "aes-256-cbc");
  }

  @Test
  @Requirement("EST-168")
  void aCredentialsHolderMayNameItsEarlierCertificate() throws IOException {
    Wire.Identity earlier = decrypting("CN=earlier", KeyType.P_256);
    var credential = chancery.credential("decrypting", 1, "CN=earlier");

    Wire.Answer answer =
        ask(
            "encrypted",
            credential,
            builder("CN=earlier", KeyPairs.generate(KeyType.P_256))
                .asymmetricDecryptKeyIdentifier(identifierOf(earlier), SmimeCapabilities.ours())
                .build());

    assertThat(answer.status()).isEqualTo(200);
    assertThat(partsOf(answer).getFirst().header("Content-Type"))
        .contains("application/pkcs7-mime; smime-type=server-generated-key");
  }

  @Test
  @Requirement({"EST-167", "EST-168", "EST-170"})
  void whatCannotBeEncryptedAsAskedIsRefusedAndNothingIsIssued() {
    Wire.Identity signing = chancery.device("CN=signing");
    Wire.Identity stranger = decrypting("CN=stranger", KeyType.P_256);
    Wire.Identity revoked = decrypting("CN=signing", KeyType.P_256);
    chancery
        .services()
        .revocations()
        .revoke("issuing", revoked.chain().getFirst().serialNumber(), "keyCompromise", "test");
    int before = chancery.issued().size();
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    var ours = SmimeCapabilities.ours();

    List<CertificationRequest> requests =
        List.of(
            builder("CN=signing", key)
                .decryptKeyIdentifier(KeyEncryptionKey.identifier("unknown"), ours)
                .build(),
            builder("CN=signing", key)
                .decryptKeyIdentifier(
                    KeyEncryptionKey.identifier("device-1"), SmimeCapabilities.of(PKCS1, "1.2.3"))
                .build(),
            builder("CN=signing", key)
                .asymmetricDecryptKeyIdentifier(identifierOf(signing), ours)
                .build(),
            builder("CN=signing", key)
                .asymmetricDecryptKeyIdentifier(identifierOf(stranger), ours)
                .build(),
            builder("CN=signing", key)
                .asymmetricDecryptKeyIdentifier(identifierOf(revoked), ours)
                .build(),
            builder("CN=signing", key)
                .asymmetricDecryptKeyIdentifier(
                    identifierOf(signing), SmimeCapabilities.of("1.2.3"))
                .build());

    for (CertificationRequest request : requests) {
      Wire.Answer answer = ask("", signing, request);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("key-encryption-impossible");
      assertThat(chancery.lastAudit().event().details())
          .containsEntry("code", "key-encryption-impossible");
    }
    assertThat(chancery.issued()).hasSize(before);
  }

  @Test
  @Requirement("EST-166")
  void encryptionIsAskedForByOneIdentifierAndCapabilities() {
    var credential = chancery.credential("CN=halves");
    KeyPair key = KeyPairs.generate(KeyType.P_256);
    String decryptKeyIdentifier = "1.2.840.113549.1.9.16.2.37";
    String asymmetricDecryptKeyIdentifier = "1.2.840.113549.1.9.16.2.54";
    var octets = new DEROctetString(new byte[] {1});

    for (CertificationRequest request :
        List.of(
            builder("CN=halves", key).attribute(decryptKeyIdentifier, octets).build(),
            builder("CN=halves", key).attribute(asymmetricDecryptKeyIdentifier, octets).build(),
            builder("CN=halves", key)
                .attribute(asymmetricDecryptKeyIdentifier, octets)
                .decryptKeyIdentifier(
                    KeyEncryptionKey.identifier("device-1"), SmimeCapabilities.ours())
                .build(),
            builder("CN=halves", key)
                .attribute("1.2.840.113549.1.9.15", SmimeCapabilities.ours().toAsn1())
                .build())) {
      Wire.Answer answer = ask("", credential, request);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("malformed");
    }
    assertThat(ask("", credential, plain("CN=halves")).status()).isEqualTo(200);
  }

  @Test
  @Requirement("EST-170")
  void whereEncryptionIsDemandedNoKeyLeavesWithoutIt() {
    var credential = chancery.credential("CN=demanded");

    Wire.Answer answer = ask("encrypted", credential, plain("CN=demanded"));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("key-encryption-missing");
    assertThat(chancery.issued())
        .noneMatch(record -> record.certificate().subject().toString().equals("CN=demanded"));
  }

  @Test
  @Requirement("EST-160")
  void anEndpointMakesNoKeysUnlessItIsTold() {
    Wire.Answer answer = ask("none", chancery.credential("CN=none"), plain("CN=none"));

    assertThat(answer.status()).isEqualTo(501);
    assertThat(answer.text()).contains("serverkeygen is not offered");
  }

  @Test
  @Requirement("EST-171")
  void aRepeatGetsAFreshPairWhileTheCredentialLastsAndThenIsToldWhyNot() {
    var credential = chancery.credential("device", 2, "CN=again");
    CertificationRequest request = plain("CN=again");

    Certificate first = new Reply(ask("", credential, request)).verified();
    Certificate second = new Reply(ask("", credential, request)).verified();
    Wire.Answer third = ask("", credential, request);

    assertThat(second.subjectPublicKeyInfo()).isNotEqualTo(first.subjectPublicKeyInfo());
    assertThat(third.status()).isEqualTo(403);
    assertThat(third.text()).contains("credential-exhausted", "delivered once");
  }

  @Test
  @Requirement("EST-171")
  void ofManyWhoseKeysAreMadeAtOnceOneWinsAndTheOthersGetNothing() throws Exception {
    var credential = chancery.credential("CN=race");
    List<Callable<Wire.Answer>> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(() -> ask("", credential, plain("CN=race")));
    }

    List<Wire.Answer> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Wire.Answer> answer : threads.invokeAll(requests)) {
        answers.add(answer.get());
      }
    }

    assertThat(answers).extracting(Wire.Answer::status).containsOnlyOnce(200);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 200)
        .hasSize(5)
        .allSatisfy(answer -> {
          assertThat(answer.status()).isEqualTo(403);
          assertThat(answer.header("Content-Type")).contains("text/plain; charset=utf-8");
        });
    assertThat(chancery.issued())
        .filteredOn(record -> record.certificate().subject().toString().equals("CN=race"))
        .hasSize(1);
  }

  @Test
  @Requirement("EST-172")
  void theKeyIsMadeWhenTheOperatorHasApproved() {
    var credential = chancery.credential("guarded", 1, "CN=patient");

    Wire.Answer first = ask("", credential, plain("CN=patient"));
    Wire.Answer second = ask("", credential, plain("CN=patient"));

    assertThat(first.status()).isEqualTo(202);
    assertThat(first.header("Retry-After")).contains("1");
    assertThat(first.header("Cache-Control")).contains("no-store");
    assertThat(second.status()).isEqualTo(202);
    var waiting =
        chancery.services().pendingRequests().list(100).stream()
            .filter(pending -> pending.names().subject().toString().equals("CN=patient"))
            .toList();
    assertThat(waiting).hasSize(1);
    assertThat(waiting.getFirst().keySha256()).isEmpty();
    assertThat(waiting.getFirst().keyType()).isEqualTo("p-256, made by the server");
    chancery.services().pendingRequests().approve(waiting.getFirst().ticket(), "test");
    Certificate certificate = new Reply(ask("", credential, plain("CN=patient"))).verified();
    assertThat(certificate.subject()).hasToString("CN=patient");
    Wire.Answer again = ask("", credential, plain("CN=patient"));
    assertThat(again.status()).isEqualTo(403);
    assertThat(again.text()).contains("credential-exhausted");
  }

  @Test
  @Requirement("EST-172")
  void theKeyIsNeitherInTheLogNorInAnyFile() throws IOException {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level level = root.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    root.addAppender(log);
    root.setLevel(Level.TRACE);
    PrivateKey key;
    try {
      key = new Reply(ask("", chancery.credential("CN=secret"), plain("CN=secret"))).key();
    } finally {
      root.setLevel(level);
      root.detachAppender(log);
    }

    assertThat(log.list).isNotEmpty();
    StringBuilder logged = new StringBuilder();
    log.list.forEach(event ->
        logged.append(event.getFormattedMessage()).append(event.getKeyValuePairs()).append('\n'));
    assertHoldsNothingOf(key, "the log", logged.toString());
    try (Stream<Path> files = Files.walk(chancery.folder())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertHoldsNothingOf(
            key,
            file.toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
  }

  /// Looks for the key as bytes, in hexadecimal and in Base64.
  private static void assertHoldsNothingOf(PrivateKey key, String what, String content) {
    byte[] scalar = bytes(((ECPrivateKey) key).getS());
    List<String> forms = new ArrayList<>();
    forms.add(new String(scalar, StandardCharsets.ISO_8859_1));
    forms.add(HexFormat.of().formatHex(scalar).substring(0, 32));
    forms.add(HexFormat.of().withUpperCase().formatHex(scalar).substring(0, 32));
    for (int offset = 0; offset < 3; offset++) {
      // Short enough to lie within one line of 64 characters.
      for (int from = offset; from + 12 <= scalar.length; from += 12) {
        forms.add(
            Base64.getEncoder()
                .encodeToString(java.util.Arrays.copyOfRange(scalar, from, from + 12)));
      }
    }
    for (String form : forms) {
      assertThat(content.contains(form)).as("%s holds the key", what).isFalse();
    }
  }

  /// What came with 200.
  private final class Reply {
    private final List<MultipartMixed.Part> parts;

    Reply(Wire.Answer answer) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      parts = partsOf(answer);
    }

    Certificate certificate() {
      return CertsOnly.parse(decoded(parts.getLast())).getFirst();
    }

    PrivateKey key() {
      return KeyPairs.privateKeyOf(decoded(parts.getFirst()));
    }

    /// The certificate, which belongs to the clear key.
    Certificate verified() {
      assertThat(KeyPairs.belongTogether(key(), certificate().subjectPublicKeyInfo())).isTrue();
      return certificate();
    }

    /// Decrypts with `openssl cms`, verifies the signer with it, and compares the key inside.
    void opened(String... with) throws IOException {
      Path device = Files.createTempDirectory(folder, "encrypted");
      Files.write(device.resolve("key.cms"), decoded(parts.getFirst()));
      List<String> decrypt =
          new ArrayList<>(
              List.of(
                  "openssl",
                  "cms",
                  "-decrypt",
                  "-inform",
                  "DER",
                  "-in",
                  "key.cms",
                  "-out",
                  "signed.der"));
      decrypt.addAll(List.of(with));
      Program.run(device, new byte[0], decrypt).succeeded();
      // What is enveloped is SignedData (RFC 5652 §6.1); the command wants a ContentInfo around it.
      byte[] signed = Files.readAllBytes(device.resolve("signed.der"));
      Files.write(
          device.resolve("signed.cms"),
          new ContentInfo(CMSObjectIdentifiers.signedData, ASN1Sequence.getInstance(signed))
              .getEncoded());
      Program.run(
              device,
              "openssl",
              "cms",
              "-verify",
              "-inform",
              "DER",
              "-in",
              "signed.cms",
              "-purpose",
              "any",
              "-CAfile",
              chancery.rootFile().toString(),
              "-signer",
              "signer.pem",
              "-out",
              "package.der")
          .succeeded();
      ASN1Sequence keyPackage =
          ASN1Sequence.getInstance(Files.readAllBytes(device.resolve("package.der")));
      assertThat(keyPackage.size()).isEqualTo(1);
      Files.write(
          device.resolve("key.der"), keyPackage.getObjectAt(0).toASN1Primitive().getEncoded());
      String opened =
          Program.run(device, "openssl", "pkey", "-inform", "DER", "-in", "key.der", "-pubout")
              .succeeded()
              .text();
      Files.writeString(device.resolve("cert.pem"), certificate().toPem());
      assertThat(opened)
          .isEqualTo(
              Program.run(device, "openssl", "x509", "-in", "cert.pem", "-noout", "-pubkey")
                  .succeeded()
                  .text());
      assertThat(
              Certificate.parsePem(Files.readString(device.resolve("signer.pem")))
                  .getFirst()
                  .subject())
          .hasToString("CN=localhost");
    }

    /// What openssl says about the message.
    String printed() throws IOException {
      Path file = Files.createTempFile(folder, "printed", ".cms");
      Files.write(file, decoded(parts.getFirst()));
      return Program.run(
              folder,
              "openssl",
              "cms",
              "-cmsout",
              "-print",
              "-inform",
              "DER",
              "-in",
              file.toString())
          .succeeded()
          .text();
    }
  }

  private Wire.Answer ask(
      String label, Credentials.Created credential, CertificationRequest request) {
    return ask(label, credential, request.der().toByteArray());
  }

  private Wire.Answer ask(String label, Credentials.Created credential, byte[] request) {
    return send(label, basic(credential), request);
  }

  private Wire.Answer ask(String label, Wire.Identity identity, CertificationRequest request) {
    try (Wire wire =
        Wire.connect(chancery.server().tlsPort(), "TLSv1.3", java.util.Optional.of(identity))) {
      return wire.send(
          "POST",
          path(label),
          Installation.pkcs10(),
          Installation.base64(request.der().toByteArray()));
    }
  }

  private Wire.Answer send(
      String label, Map<String, String> headers, CertificationRequest request) {
    return send(label, headers, request.der().toByteArray());
  }

  private Wire.Answer send(String label, Map<String, String> headers, byte[] request) {
    try (Wire wire = Wire.connect(chancery.server().tlsPort())) {
      return wire.send("POST", path(label), headers, Installation.base64(request));
    }
  }

  private static String path(String label) {
    return "/.well-known/est/" + (label.isEmpty() ? "" : label + "/") + "serverkeygen";
  }

  private Wire.Identity decrypting(String subject, KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    var made = new Installation.Made(builder(subject, pair).build(), pair);
    Certificate certificate =
        certificateIn(chancery.enroll(chancery.credential("decrypting", 1, subject), made));
    return new Wire.Identity(pair, List.of(certificate));
  }

  private static Der identifierOf(Wire.Identity identity) {
    return Der.of(identity.chain().getFirst().subjectKeyIdentifier().orElseThrow());
  }

  private static CertificationRequest plain(String subject) {
    return builder(subject, KeyPairs.generate(KeyType.P_256)).build();
  }

  private static CertificationRequestBuilder builder(String subject, KeyPair key) {
    return CertificationRequestBuilder.builder(SubjectNames.parse(subject, List.of()), key);
  }

  private static List<MultipartMixed.Part> partsOf(Wire.Answer answer) {
    String boundary =
        answer
            .header("Content-Type")
            .flatMap(MediaType::parse)
            .map(type -> type.parameters().get("boundary"))
            .orElseThrow();
    return MultipartMixed.parse(boundary, answer.body()).parts();
  }

  private static String text(MultipartMixed.Part part) {
    return new String(part.content().toByteArray(), StandardCharsets.US_ASCII);
  }

  private static byte[] decoded(MultipartMixed.Part part) {
    return Base64.getMimeDecoder().decode(part.content().toByteArray());
  }

  private static byte[] bytes(BigInteger scalar) {
    byte[] signed = scalar.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(32, signed.length);
    System.arraycopy(signed, signed.length - length, fixed, 32 - length, length);
    return fixed;
  }

  private static void privateFile(Path file, String content) {
    try {
      Files.createFile(
          file,
          java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
              java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
