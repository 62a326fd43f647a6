package dev.chancery.scep.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.CertificateContent;
import dev.chancery.pki.certificate.CertificateContent.Role;
import dev.chancery.pki.certificate.KeyUsageBit;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.Capability;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.EmptyContent;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import dev.chancery.scep.wire.MessageHeader;
import dev.chancery.scep.wire.MessageType;
import dev.chancery.scep.wire.Nonce;
import dev.chancery.scep.wire.PkiRequest;
import dev.chancery.scep.wire.TransactionId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a server may do wrong, and what the client then believes: nothing.
class ScepClientTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final KeyPair CA_KEY = KeyPairs.generate(KeyType.P_256);
  private static final Certificate CA = ca(CA_KEY, "CN=ca");
  private static final MessageKey RA = issuedBy(CA_KEY, CA, "CN=ra", usage(true));
  private static final MessageKey OTHER_RA = issuedBy(CA_KEY, CA, "CN=other", usage(true));
  private static final KeyPair NEXT_CA_KEY = KeyPairs.generate(KeyType.P_256);
  private static final Certificate NEXT_CA = ca(NEXT_CA_KEY, "CN=next ca");
  private static final KeyPair DEVICE = KeyPairs.generate(KeyType.RSA_2048);

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<ScepWarning> warnings = new CopyOnWriteArrayList<>();
  private HttpServer http;
  private String capabilities = "AES\r\nPOSTPKIOperation\r\nSHA-256\r\nSCEPStandard\r\n";
  private byte[] caCertificates = CertsOnly.encode(List.of(CA, RA.certificate()));
  private byte[] nextCaCertificates = new byte[0];
  private Function<PkiRequest, byte[]> reply = request -> granted(request, RA);

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/scep", this::handle);
    http.start();
  }

  @AfterEach
  void stop() {
    http.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String query = exchange.getRequestURI().getQuery();
      requests.add(query);
      byte[] body =
          switch (query) {
            case "operation=GetCACaps" -> capabilities.getBytes(StandardCharsets.US_ASCII);
            case "operation=GetCACert" -> caCertificates;
            case "operation=GetNextCACert" -> nextCaCertificates;
            default -> {
              SignedMessage message = SignedMessage.parse(exchange.getRequestBody().readAllBytes());
              yield reply.apply(PkiRequest.of(message, MessageHeader.of(message)));
            }
          };
      exchange.sendResponseHeaders(body.length == 0 ? 404 : 200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static List<KeyUsageBit> usage(boolean both) {
    return both
        ? List.of(KeyUsageBit.DIGITAL_SIGNATURE, KeyUsageBit.KEY_ENCIPHERMENT)
        : List.of(KeyUsageBit.DIGITAL_SIGNATURE);
  }

  private static Certificate ca(KeyPair key, String subject) {
    return certificate(
        key,
        subject,
        key,
        subject,
        new Role.CertificationAuthority(OptionalInt.empty()),
        List.of(KeyUsageBit.KEY_CERT_SIGN));
  }

  private static MessageKey issuedBy(
      KeyPair caKey, Certificate ca, String subject, List<KeyUsageBit> usage) {
    KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
    return new MessageKey(
        certificate(key, subject, caKey, ca.subject().toString(), new Role.EndEntity(), usage),
        key.getPrivate());
  }

  private static Certificate certificate(
      KeyPair key,
      String subject,
      KeyPair issuerKey,
      String issuer,
      Role role,
      List<KeyUsageBit> usage) {
    SubjectPublicKeyInfo issuerPublicKey = SubjectPublicKeyInfo.of(issuerKey.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(issuerPublicKey.type().orElseThrow());
    return new CertificateContent(
            SerialNumber.fresh(NOW),
            DistinguishedName.parse(issuer),
            Der.of(issuerPublicKey.keyIdentifier()),
            NOW.minus(Duration.ofDays(1)),
            NOW.plus(Duration.ofDays(30)),
            SubjectNames.parse(subject, List.of()),
            SubjectPublicKeyInfo.of(key.getPublic()),
            role,
            usage,
            List.of(),
            List.of())
        .sign(algorithm, tbs -> algorithm.sign(issuerKey.getPrivate(), tbs));
  }

  private ScepClient client(AcceptedAlgorithms algorithms) {
    return new ScepClient(
        URI.create("http://localhost:" + http.getAddress().getPort() + "/scep"),
        algorithms,
        Duration.ofSeconds(20),
        Clock.fixed(NOW, ZoneOffset.UTC),
        warnings::add);
  }

  private Enrollment enroll(AcceptedAlgorithms algorithms) {
    return enroll(client(algorithms));
  }

  private Enrollment enroll(ScepClient client) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(SubjectNames.parse("CN=device", List.of()), DEVICE)
            .challengePassword("secret")
            .build();
    return client.enroll(
        client.authorities(new Trust.Fingerprint(CA.sha256Hex())),
        client.selfSigned(DistinguishedName.parse("CN=device"), DEVICE),
        TransactionId.fresh(),
        request);
  }

  private static byte[] granted(PkiRequest request, MessageKey signer) {
    return granted(request, signer, DigestAlgorithm.SHA_256, ContentCipher.AES_128, issued());
  }

  private static List<Certificate> issued() {
    // The CA first: the position of the leaf means nothing.
    return List.of(CA, forDevice(CA_KEY));
  }

  private static Certificate forDevice(KeyPair caKey) {
    return certificate(DEVICE, "CN=device", caKey, "CN=ca", new Role.EndEntity(), usage(true));
  }

  private static byte[] granted(
      PkiRequest request,
      MessageKey signer,
      DigestAlgorithm digest,
      ContentCipher cipher,
      List<Certificate> certificates) {
    assertThat(request.envelope().isFor(RA)).isTrue();
    byte[] envelope =
        Envelope.seal(
            CertsOnly.encodeInOrder(certificates),
            cipher,
            List.of(new Recipient.KeyTransport(request.signed().signer())));
    return CertRep.to(request.header(), new Result.Success(Der.of(envelope)))
        .encode(signer, digest, EmptyContent.EMPTY);
  }

  @Test
  void aSoundReplyIsBelievedAndItsLeafFoundByItsKey() {
    Enrollment.Issued issued = (Enrollment.Issued) enroll(AcceptedAlgorithms.MODERN);

    assertThat(issued.certificate().subject()).hasToString("CN=device");
    assertThat(issued.others()).containsExactly(CA);
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        lie(
            "another nonce",
            request ->
                CertRep.to(
                        new MessageHeader(request.header().transactionId(), Nonce.fresh()),
                        new Result.Pending())
                    .encode(RA, DigestAlgorithm.SHA_256, EmptyContent.EMPTY)),
        lie(
            "another transaction",
            request ->
                CertRep.to(
                        new MessageHeader(TransactionId.fresh(), request.header().senderNonce()),
                        new Result.Pending())
                    .encode(RA, DigestAlgorithm.SHA_256, EmptyContent.EMPTY)),
        lie(
            "a refusal by a stranger",
            request ->
                CertRep.to(request.header(), new Result.Failure(FailInfo.BAD_REQUEST, "no"))
                    .encode(
                        issuedBy(KeyPairs.generate(KeyType.P_256), CA, "CN=ra", usage(true)),
                        DigestAlgorithm.SHA_256,
                        EmptyContent.EMPTY)),
        lie(
            "a signer of the CA that GetCACert did not show",
            request -> granted(request, OTHER_RA)),
        lie(
            "SHA-1",
            request ->
                granted(request, RA, DigestAlgorithm.SHA_1, ContentCipher.AES_128, issued())),
        lie(
            "MD5",
            request -> granted(request, RA, DigestAlgorithm.MD5, ContentCipher.AES_128, issued())),
        lie(
            "triple DES",
            request ->
                granted(request, RA, DigestAlgorithm.SHA_256, ContentCipher.DES_EDE3, issued())),
        lie(
            "DES",
            request -> granted(request, RA, DigestAlgorithm.SHA_256, ContentCipher.DES, issued())),
        lie(
            "a certificate for another key",
            request ->
                granted(
                    request,
                    RA,
                    DigestAlgorithm.SHA_256,
                    ContentCipher.AES_128,
                    List.of(OTHER_RA.certificate()))),
        lie(
            "a certificate of another CA",
            request ->
                granted(
                    request,
                    RA,
                    DigestAlgorithm.SHA_256,
                    ContentCipher.AES_128,
                    List.of(forDevice(KeyPairs.generate(KeyType.P_256))))),
        lie(
            "a flipped bit",
            request -> {
              byte[] bytes = granted(request, RA);
              bytes[bytes.length - 5] ^= 1;
              return bytes;
            }));
  }

  private static Arguments lie(String what, Function<PkiRequest, byte[]> reply) {
    return Arguments.of(what, reply);
  }

  /// SCEP-072, SCEP-121, SCEP-135.
  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void aReplyThatIsNotWhatItShouldBeIsNotBelieved(String what, Function<PkiRequest, byte[]> lie) {
    reply = lie;

    assertThatThrownBy(() -> enroll(AcceptedAlgorithms.MODERN))
        .as(what)
        .isInstanceOf(ScepClientException.Untrusted.class);
  }

  @Test
  void weakAlgorithmsAreTakenOnlyByWhoeverSaysSo() {
    reply =
        request -> granted(request, RA, DigestAlgorithm.SHA_1, ContentCipher.DES_EDE3, issued());

    assertThat(enroll(AcceptedAlgorithms.WEAK)).isInstanceOf(Enrollment.Issued.class);
  }

  /// SCEP-026: nobody vouches for capabilities.
  @Test
  void strippedCapabilitiesDoNotWeakenTheRequest() {
    List<PkiRequest> seen = new ArrayList<>();
    reply =
        request -> {
          seen.add(request);
          return granted(request, RA);
        };
    for (String said : List.of("", "DES3\nSHA-1\n", "<html>not here</html>")) {
      capabilities = said;

      enroll(AcceptedAlgorithms.MODERN);

      assertThat(seen.getLast().signed().digest()).contains(DigestAlgorithm.SHA_256);
      assertThat(seen.getLast().envelope().cipher()).contains(ContentCipher.AES_128);
      assertThat(seen.getLast().type()).isEqualTo(MessageType.PKCS_REQ);
    }
  }

  /// SCEP-026.
  @Test
  void aCapabilityThatAKnownServerLosesIsWarnedAbout() {
    ScepClient client = client(AcceptedAlgorithms.MODERN);
    enroll(client);
    assertThat(warnings).isEmpty();
    capabilities = "POSTPKIOperation\nAES\nRenewal\n";

    enroll(client);
    enroll(client);

    assertThat(warnings)
        .containsExactly(
            new ScepWarning.CapabilitiesLost(Set.of(Capability.SHA_256, Capability.SCEP_STANDARD)));
    assertThat(warnings.getFirst().text()).contains("SCEPStandard, SHA-256 no more");
  }

  /// SCEP-121.
  @Test
  void aCertificateWithOtherNamesIsWarnedAbout() {
    SubjectNames asked = SubjectNames.parse("CN=me", List.of("dns:me.example"));
    ScepClient client = client(AcceptedAlgorithms.MODERN);
    CertificationRequest request =
        CertificationRequestBuilder.builder(asked, DEVICE).challengePassword("secret").build();

    client.enroll(
        client.authorities(new Trust.Fingerprint(CA.sha256Hex())),
        client.selfSigned(asked.subject(), DEVICE),
        TransactionId.fresh(),
        request);

    assertThat(warnings)
        .containsExactly(
            new ScepWarning.NamesChanged(asked, SubjectNames.parse("CN=device", List.of())));
  }

  private static byte[] nextCa(MessageKey signer) {
    return SignedMessage.sign(
        signer,
        DigestAlgorithm.SHA_256,
        Optional.of(Der.of(CertsOnly.encode(List.of(NEXT_CA)))),
        List.of(),
        List.of());
  }

  private Optional<List<Certificate>> nextCa() {
    ScepClient client = client(AcceptedAlgorithms.MODERN);
    return client.nextCaCertificates(client.authorities(new Trust.Fingerprint(CA.sha256Hex())));
  }

  /// SCEP-042.
  @Test
  void theNextCaIsTheOneThatTheCurrentOneSigns() {
    assertThat(nextCa()).isEmpty();
    nextCaCertificates = nextCa(new MessageKey(CA, CA_KEY.getPrivate()));

    assertThat(nextCa()).contains(List.of(NEXT_CA));
  }

  /// SCEP-042.
  @Test
  void aNextCaThatSomebodyElseSignsIsNotBelieved() {
    KeyPair stranger = KeyPairs.generate(KeyType.P_256);
    byte[] changed = nextCa(new MessageKey(CA, CA_KEY.getPrivate()));
    changed[changed.length - 5] ^= 1;
    for (byte[] lie :
        List.of(
            nextCa(new MessageKey(ca(stranger, "CN=ca"), stranger.getPrivate())),
            nextCa(new MessageKey(NEXT_CA, NEXT_CA_KEY.getPrivate())),
            nextCa(OTHER_RA),
            changed)) {
      nextCaCertificates = lie;

      assertThatThrownBy(this::nextCa).isInstanceOf(ScepClientException.Untrusted.class);
    }
  }

  /// SCEP-035.
  @Test
  void anUnknownCaIsAskedNothing() {
    ScepClient client = client(AcceptedAlgorithms.MODERN);

    assertThatThrownBy(() -> client.authorities(new Trust.Fingerprint("00".repeat(32))))
        .isInstanceOf(ScepClientException.Untrusted.class);
    assertThat(requests).noneMatch(query -> query.contains("PKIOperation"));
  }

  /// SCEP-036.
  @Test
  void theRecipientIsAnRaOfTheTrustedCaWhateverTheOrder() {
    KeyPair foreignKey = KeyPairs.generate(KeyType.P_256);
    Certificate foreign = ca(foreignKey, "CN=foreign");
    MessageKey foreignRa = issuedBy(foreignKey, foreign, "CN=ra", usage(true));
    MessageKey signing = issuedBy(CA_KEY, CA, "CN=signing", usage(false));
    List<Certificate> bundle =
        List.of(foreignRa.certificate(), foreign, signing.certificate(), RA.certificate(), CA);

    for (List<Certificate> order : List.of(bundle, bundle.reversed())) {
      Authorities authorities = Authorities.verify(order, new Trust.Fingerprint(CA.sha256Hex()));

      assertThat(authorities.recipient()).isEqualTo(RA.certificate());
      assertThat(authorities.maySign(foreignRa.certificate())).isFalse();
      assertThat(authorities.maySign(signing.certificate())).isTrue();
      assertThat(authorities.issuers()).containsExactly(CA);
    }
    assertThatThrownBy(() ->
            Authorities.verify(
                List.of(CA, signing.certificate()), new Trust.Fingerprint(CA.sha256Hex())))
        .isInstanceOf(ScepClientException.Untrusted.class);
  }

  @Test
  void aRefusalIsToldWithoutControlCharacters() {
    reply =
        request ->
            CertRep.to(
                    request.header(), new Result.Failure(FailInfo.BAD_TIME, "too\u001b[31m late"))
                .encode(RA, DigestAlgorithm.SHA_256, EmptyContent.ABSENT);

    assertThatThrownBy(() -> enroll(AcceptedAlgorithms.MODERN))
        .isInstanceOfSatisfying(
            ScepClientException.Refused.class,
            refused -> {
              assertThat(refused.failInfo()).isEqualTo(FailInfo.BAD_TIME);
              assertThat(refused.getMessage()).contains("late").doesNotContain("\u001b");
            });
  }

  @Test
  void onlyAPlainUrlIsOne() {
    for (String url :
        List.of("ftp://x/scep", "/scep", "http://x/scep?a=b", "http://u:p@x/scep", "http:scep")) {
      assertThatThrownBy(() ->
              new ScepClient(
                  URI.create(url),
                  AcceptedAlgorithms.MODERN,
                  Duration.ofSeconds(1),
                  Clock.systemUTC()))
          .isInstanceOf(MalformedException.class);
    }
  }
}
