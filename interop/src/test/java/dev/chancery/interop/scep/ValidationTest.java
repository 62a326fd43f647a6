package dev.chancery.interop.scep;

import static dev.chancery.interop.scep.RawMessage.challenge;
import static dev.chancery.interop.scep.RawMessage.csr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.credential.Credentials;
import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.scep.wire.CertRep;
import dev.chancery.scep.wire.CertRep.Result;
import dev.chancery.scep.wire.FailInfo;
import dev.chancery.scep.wire.IssuerAndSerial;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What most SCEP servers skip: whatever is wrong with a message or its sender, the signed failure
/// that the RFC names, an audit entry, and nothing issued.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationTest {
  private static final String PATH = "/scep";
  private static final Device DEVICE = Device.of(KeyType.RSA_2048, "CN=device");

  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("challenge"), "q7dk2mzr4xw5hcn3tbvy6oafgs\n");
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              # One key serves for many tests, each with a name of its own.
              device: {key-reuse: shared}
              by-hand: {approval: manual, retry-after: 1m, key-reuse: shared}
            issuers:
              issuing: {}
              other: {subject: CN=Other CA, root-subject: CN=Other Root}
            scep:
              endpoints:
                - {}
                - {label: strict, renewal-by-pkcsreq: "no", get-cert: "false", ec-reply: password}
                - {label: other, issuer: other, profile: server}
                - {label: legacy, algorithms: legacy}
                - label: phones
                  static-challenge:
                    file: challenge
                    subjects: ["CN=phone-*,O=ACME"]
                    alternatives: ["dns:*.phones.example"]
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  /// A message that would be granted.
  private RawMessage sound(Device device, String subject) {
    return sound(PATH, device, chancery.credential(subject), subject);
  }

  private RawMessage sound(
      String path, Device device, Credentials.Created credential, String subject) {
    return RawMessage.pkcsReq(
        chancery, path, device, csr(device.keyPair(), challenge(credential), subject));
  }

  private Certificate issued(Device device, String subject) {
    CertRep reply = sound(device, subject).answer(chancery, PATH);
    return CertsOnly.parse(((Result.Success) reply.result()).open().open(device.signer()))
        .getFirst();
  }

  private void assertFails(RawMessage message, FailInfo failInfo) {
    assertFails(PATH, message, failInfo);
  }

  /// FAILURE, audited, nothing issued.
  private Result.Failure assertFails(String path, RawMessage message, FailInfo failInfo) {
    int before = chancery.issued().size();

    CertRep reply = message.answer(chancery, path);

    assertThat(reply.result()).isInstanceOf(Result.Failure.class);
    Result.Failure failure = (Result.Failure) reply.result();
    assertThat(failure.failInfo()).as(failure.text()).isEqualTo(failInfo);
    assertThat(chancery.issued()).hasSize(before);
    assertThat(chancery.lastAudit().event().action()).isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
    assertThat(chancery.lastAudit().event().details()).containsKeys("code", "endpoint", "reason");
    return failure;
  }

  static Stream<String> otherTypes() {
    return Stream.concat(
        Stream.of("18"),
        IntStream.of(0, 1, 2, 3, 4, 5, 16, 23, 24, 100, 255).mapToObj(Integer::toString));
  }

  @ParameterizedTest(name = "type {0}")
  @MethodSource("otherTypes")
  @Requirement({"SCEP-063", "SCEP-203"})
  void aTypeThatIsNotOnTheListIsRefusedEvenWithARightChallenge(String type) {
    RawMessage message = sound(DEVICE, "CN=type");
    message.type = type;

    assertFails(message, FailInfo.BAD_REQUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"019", "19 ", "", "PKCSReq"})
  @Requirement("SCEP-063")
  void aTypeInOtherWritingIsRefused(String type) {
    RawMessage message = sound(DEVICE, "CN=type");
    message.type = type;

    assertFails(message, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-090", "SCEP-091", "SCEP-122", "SCEP-160"})
  void withoutARightChallengeThereIsOneAnswer() {
    var credential = chancery.credential("CN=asks");
    String id = credential.credential().id();
    var expired = chancery.credential("CN=asks");
    var revoked = chancery.credential("CN=asks");
    chancery.services().credentials().revoke(revoked.credential().id(), "test");
    List<String> texts = new ArrayList<>();
    for (String wrong :
        List.of(
            "",
            id,
            id + ":",
            id + ":" + "x".repeat(26),
            ":" + credential.secret(),
            "nobody:" + credential.secret(),
            credential.secret(),
            challenge(revoked))) {
      RawMessage message =
          RawMessage.pkcsReq(chancery, PATH, DEVICE, csr(DEVICE.keyPair(), wrong, "CN=asks"));
      texts.add(assertFails(PATH, message, FailInfo.BAD_REQUEST).text());
    }
    texts.add(
        assertFails(PATH, sound(PATH, DEVICE, expired, "CN=another"), FailInfo.BAD_REQUEST).text());

    assertThat(texts).containsOnly(texts.getFirst());
  }

  @Test
  @Requirement({"SCEP-163", "SCEP-165", "SCEP-200", "SCEP-202"})
  void aChallengeIsWorthNothingForOtherNamesAndIsNotBurntByThem() {
    var credential = chancery.credential("CN=mine", "dns:mine.example");
    for (CertificationRequest greedy :
        List.of(
            csr(DEVICE.keyPair(), challenge(credential), "CN=admin"),
            csr(DEVICE.keyPair(), challenge(credential), "CN=mine,OU=Admins"),
            csr(DEVICE.keyPair(), challenge(credential), "CN=mine+CN=admin"),
            csr(DEVICE.keyPair(), challenge(credential), "CN=mine", "dns:admin.example"),
            csr(DEVICE.keyPair(), challenge(credential), "CN=mine", "dns:*.example"),
            csr(
                DEVICE.keyPair(),
                challenge(credential),
                "CN=mine",
                "uri:https://admin.example/"))) {
      assertFails(RawMessage.pkcsReq(chancery, PATH, DEVICE, greedy), FailInfo.BAD_REQUEST);
    }

    assertThat(sound(PATH, DEVICE, credential, "CN=mine").answer(chancery, PATH).result())
        .isInstanceOf(Result.Success.class);
  }

  static Stream<Arguments> greedyExtensions() throws IOException {
    return Stream.of(
        arguments("a CA", Extension.basicConstraints, new BasicConstraints(true)),
        arguments("keyCertSign", Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign)),
        arguments("any purpose", Extension.extendedKeyUsage, eku("2.5.29.37.0")),
        arguments("OCSP signing", Extension.extendedKeyUsage, eku("1.3.6.1.5.5.7.3.9")),
        arguments("smart-card logon", Extension.extendedKeyUsage, eku("1.3.6.1.4.1.311.20.2.2")),
        arguments("a request agent", Extension.extendedKeyUsage, eku("1.3.6.1.4.1.311.20.2.1")),
        arguments("code signing", Extension.extendedKeyUsage, eku("1.3.6.1.5.5.7.3.3")),
        arguments(
            "a SID",
            new ASN1ObjectIdentifier("1.3.6.1.4.1.311.25.2"),
            new DERPrintableString("S-1-5-21-1-2-3-500")),
        arguments(
            "a Microsoft template",
            new ASN1ObjectIdentifier("1.3.6.1.4.1.311.20.2"),
            new DERPrintableString("Administrator")),
        arguments("policies", Extension.certificatePolicies, new DERSequence()),
        arguments("name constraints", Extension.nameConstraints, new DERSequence()));
  }

  private static ExtendedKeyUsage eku(String oid) {
    return new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("greedyExtensions")
  @Requirement({"SCEP-201", "SCEP-209"})
  void anExtensionThatTheProfileDoesNotGiveIsRefused(
      String what, ASN1ObjectIdentifier oid, org.bouncycastle.asn1.ASN1Encodable value) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(
                SubjectNames.parse("CN=greedy", List.of()), DEVICE.keyPair())
            .challengePassword(challenge(chancery.credential("CN=greedy")))
            .extension(oid.getId(), true, value)
            .build();

    assertFails(RawMessage.pkcsReq(chancery, PATH, DEVICE, request), FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement("SCEP-203")
  void noTypeWorksForAnAuthenticationThatIsNotItsOwn() {
    Device device = Device.of(KeyType.RSA_2048, "CN=matrix");
    Certificate own = issued(device, "CN=matrix");
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);
    // A RenewalReq with a self-signed certificate, with and without a right challenge.
    for (String challenge : List.of("", challenge(chancery.credential("CN=matrix")))) {
      RawMessage selfSigned =
          RawMessage.pkcsReq(chancery, PATH, device, csr(device.keyPair(), challenge, "CN=matrix"));
      selfSigned.type = "17";
      assertFails(selfSigned, FailInfo.BAD_REQUEST);
    }
    // A PKCSReq with the own certificate where that is no renewal, without a challenge.
    RawMessage without =
        RawMessage.pkcsReq(chancery, "/scep/strict", device, csr(next, "", "CN=matrix"));
    without.signer = device.with(own);
    assertFails("/scep/strict", without, FailInfo.BAD_REQUEST);
    // And with one it is a first enrollment.
    RawMessage with =
        RawMessage.pkcsReq(
            chancery,
            "/scep/strict",
            device,
            csr(next, challenge(chancery.credential("CN=matrix")), "CN=matrix"));
    with.signer = device.with(own);
    assertThat(with.answer(chancery, "/scep/strict").result()).isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement({"SCEP-092", "SCEP-204", "SCEP-207"})
  void aRenewalNeedsACertificateOfThisEndpointItsNamesAndItsTime() {
    Device device = Device.of(KeyType.RSA_2048, "CN=old");
    Certificate own = issued(device, "CN=old");
    KeyPair next = KeyPairs.generate(KeyType.RSA_2048);

    assertFails(renewal(PATH, device.with(own), next, "CN=new"), FailInfo.BAD_REQUEST);
    assertFails(
        renewal(PATH, device.with(own), next, "CN=old", "dns:new.example"), FailInfo.BAD_REQUEST);
    assertFails(
        "/scep/other",
        renewal("/scep/other", device.with(own), next, "CN=old"),
        FailInfo.BAD_REQUEST);
    MessageKey foreign = foreign("CN=old", own.issuer());
    assertFails(renewal(PATH, foreign, next, "CN=old"), FailInfo.BAD_REQUEST);
    chancery
        .services()
        .revocations()
        .revoke("issuing", own.serialNumber(), "keyCompromise", "test");
    assertFails(renewal(PATH, device.with(own), next, "CN=old"), FailInfo.BAD_REQUEST);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "certificate-revoked");
  }

  private RawMessage renewal(
      String path, MessageKey signer, KeyPair next, String subject, String... sans) {
    return RawMessage.of(
        chancery, path, "17", signer, csr(next, "", subject, sans).der().toByteArray());
  }

  /// A certificate of a CA that has the issuer's name and another key.
  private static MessageKey foreign(String subject, DistinguishedName issuer) {
    KeyPair key = KeyPairs.generate(KeyType.RSA_2048);
    KeyPair ca = KeyPairs.generate(KeyType.P_256);
    var caKey = dev.chancery.pki.key.SubjectPublicKeyInfo.of(ca.getPublic());
    var algorithm = dev.chancery.pki.crypto.SignatureAlgorithm.ECDSA_WITH_SHA256;
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    Certificate certificate =
        new dev.chancery.pki.certificate.CertificateContent(
                dev.chancery.pki.certificate.SerialNumber.fresh(from),
                issuer,
                Der.of(caKey.keyIdentifier()),
                from,
                from.plus(Duration.ofDays(3650)),
                SubjectNames.parse(subject, List.of()),
                dev.chancery.pki.key.SubjectPublicKeyInfo.of(key.getPublic()),
                new dev.chancery.pki.certificate.CertificateContent.Role.EndEntity(),
                List.of(),
                List.of(),
                List.of())
            .sign(algorithm, tbs -> algorithm.sign(ca.getPrivate(), tbs));
    return new MessageKey(certificate, key.getPrivate());
  }

  @Test
  @Requirement({"SCEP-084", "SCEP-080"})
  void aSignerOfAForeignCaIsNobodyEvenWithARightChallenge() {
    MessageKey foreign = foreign("CN=foreign", DistinguishedName.parse("CN=Chancery Issuing CA"));
    RawMessage message = sound(DEVICE, "CN=foreign");
    message.signer = foreign;

    assertFails(message, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-081", "SCEP-206"})
  void anEnvelopeThatAStrangerWrapsAnewIsRefused() {
    RawMessage message = sound(DEVICE, "CN=victim");
    message.signer = Device.of(KeyType.RSA_2048, "CN=victim").signer();

    assertFails(message, FailInfo.BAD_REQUEST);
    assertThat(chancery.lastAudit().event().details())
        .containsEntry("code", "proof-of-possession-invalid");
  }

  @Test
  @Requirement({"SCEP-050", "SCEP-053", "SCEP-206"})
  void aRequestWhoseOwnSignatureIsWrongIsRefused() {
    RawMessage message = sound(DEVICE, "CN=flipped");
    message.content[message.content.length - 1] ^= 1;

    assertFails(message, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-050", "SCEP-080", "SCEP-122"})
  void aMessageSignedByTwoOrWronglyIsABadMessageCheck() throws IOException {
    byte[] good = sound(DEVICE, "CN=signed").encode();
    byte[] other = sound(Device.of(KeyType.RSA_2048, "CN=signed"), "CN=signed").encode();
    SignedData one = signedData(good);
    SignedData two = signedData(other);
    ASN1EncodableVector signers = new ASN1EncodableVector();
    signers.add(one.getSignerInfos().getObjectAt(0));
    signers.add(two.getSignerInfos().getObjectAt(0));
    byte[] byTwo =
        encoded(
            new SignedData(
                one.getDigestAlgorithms(),
                one.getEncapContentInfo(),
                one.getCertificates(),
                null,
                new DLSet(signers)));
    byte[] otherContent =
        encoded(
            new SignedData(
                one.getDigestAlgorithms(),
                two.getEncapContentInfo(),
                one.getCertificates(),
                null,
                one.getSignerInfos()));
    byte[] otherCertificate =
        encoded(
            new SignedData(
                one.getDigestAlgorithms(),
                one.getEncapContentInfo(),
                two.getCertificates(),
                null,
                one.getSignerInfos()));
    byte[] flipped = good.clone();
    flipped[flipped.length - 3] ^= 1;

    for (byte[] message : List.of(byTwo, otherContent, otherCertificate, flipped)) {
      int before = chancery.issued().size();
      CertRep reply = CertRep.parse(RawMessage.post(chancery, PATH, message).body()).reply();
      assertThat(reply.result())
          .isInstanceOfSatisfying(
              Result.Failure.class,
              failure -> assertThat(failure.failInfo()).isEqualTo(FailInfo.BAD_MESSAGE_CHECK));
      assertThat(chancery.issued()).hasSize(before);
      assertThat(chancery.lastAudit().event().action())
          .isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
    }
  }

  private static SignedData signedData(byte[] message) throws IOException {
    return SignedData.getInstance(
        ContentInfo.getInstance(ASN1Primitive.fromByteArray(message)).getContent());
  }

  private static byte[] encoded(SignedData data) throws IOException {
    return new ContentInfo(CMSObjectIdentifiers.signedData, data).getEncoded(ASN1Encoding.BER);
  }

  @Test
  @Requirement("SCEP-052")
  void berIsReadLikeDer() throws IOException {
    byte[] der = sound(DEVICE, "CN=ber").encode();
    SignedData data = signedData(der);
    byte[] content =
        org.bouncycastle.asn1.ASN1OctetString.getInstance(data.getEncapContentInfo().getContent())
            .getOctets();
    byte[] ber =
        encoded(
            new SignedData(
                data.getDigestAlgorithms(),
                new ContentInfo(
                    CMSObjectIdentifiers.data,
                    new org.bouncycastle.asn1.BEROctetString(
                        new org.bouncycastle.asn1.ASN1OctetString[] {
                          new DEROctetString(java.util.Arrays.copyOf(content, 100)),
                          new DEROctetString(
                              java.util.Arrays.copyOfRange(content, 100, content.length))
                        })),
                data.getCertificates(),
                null,
                data.getSignerInfos()));

    assertThat(CertRep.parse(RawMessage.post(chancery, PATH, ber).body()).reply().result())
        .isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement({"SCEP-054", "SCEP-058"})
  void amongSeveralRecipientsOursIsFoundAndTooManyAreRefused() {
    RawMessage several = sound(DEVICE, "CN=several");
    Recipient ours = several.recipients.getFirst();
    Recipient other = new Recipient.KeyTransport(DEVICE.signer().certificate());
    several.recipients = List.of(other, ours, other);
    RawMessage many = sound(DEVICE, "CN=several");
    many.recipients = java.util.Collections.nCopies(17, ours);
    RawMessage none = sound(DEVICE, "CN=several");
    none.recipients = List.of(other);

    assertThat(several.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
    assertFails(many, FailInfo.BAD_REQUEST);
    assertFails(none, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-058", "SCEP-146"})
  void anEnvelopeByPasswordIsNotEvenTried() {
    RawMessage message = sound(DEVICE, "CN=password");
    message.recipients =
        List.of(new Recipient.Password(Der.of("guess".getBytes(StandardCharsets.UTF_8))));

    assertFails(message, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-051", "SCEP-145"})
  void whatIsInsideMustBeWhatTheTypeSays() {
    RawMessage serial = sound(DEVICE, "CN=inside");
    byte[] request = serial.content;
    serial.content =
        new IssuerAndSerial(
                DistinguishedName.parse("CN=x"),
                dev.chancery.pki.certificate.SerialNumber.parse("01"))
            .encode();
    RawMessage open = sound(DEVICE, "CN=inside");
    open.envelope = java.util.Optional.of(request);

    assertFails(serial, FailInfo.BAD_REQUEST);
    assertFails(open, FailInfo.BAD_REQUEST);
  }

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  /// Whatever does not open is answered like what opens to nonsense.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  @Requirement("SCEP-057")
  void aTamperedEnvelopeIsAnsweredLikeNonsense(int seed) {
    RawMessage nonsense = sound(DEVICE, "CN=oracle");
    nonsense.content = new byte[300];
    Result.Failure expected = assertFails(PATH, nonsense, FailInfo.BAD_REQUEST);
    RawMessage tampered = sound(DEVICE, "CN=oracle");
    byte[] envelope = Envelope.seal(tampered.content, tampered.cipher, tampered.recipients);
    SplittableRandom random = new SplittableRandom(seed);
    // The last bytes are the content's padding, those from 150 to 400 the encrypted key.
    int at = seed % 2 == 0 ? envelope.length - 1 - random.nextInt(32) : 200 + random.nextInt(100);
    envelope[at] ^= (byte) (1 + random.nextInt(255));
    tampered.envelope = java.util.Optional.of(envelope);

    assertThat(assertFails(PATH, tampered, FailInfo.BAD_REQUEST)).isEqualTo(expected);
  }

  @Test
  @Requirement({"SCEP-023", "SCEP-122", "SCEP-123", "SCEP-132", "SCEP-133"})
  void algorithmsOutsideThePolicyAreBadAlgAndAnsweredInAnAllowedOne() {
    for (DigestAlgorithm digest : List.of(DigestAlgorithm.SHA_1, DigestAlgorithm.MD5)) {
      RawMessage message = sound(DEVICE, "CN=weak");
      message.digest = digest;
      assertFails(message, FailInfo.BAD_ALG);
      assertThat(CertRep.parse(message.post(chancery, PATH).body()).digest())
          .isEqualTo(DigestAlgorithm.SHA_256);
    }
    for (ContentCipher cipher : List.of(ContentCipher.DES, ContentCipher.DES_EDE3)) {
      RawMessage message = sound(DEVICE, "CN=weak");
      message.cipher = cipher;
      assertFails(message, FailInfo.BAD_ALG);
    }
    RawMessage legacy = sound("/scep/legacy", DEVICE, chancery.credential("CN=weak"), "CN=weak");
    legacy.cipher = ContentCipher.DES;
    legacy.digest = DigestAlgorithm.MD5;
    assertThat(legacy.answer(chancery, "/scep/legacy").result()).isInstanceOf(Result.Success.class);
    assertThat(chancery.lastAudit().event().details().get("algorithms"))
        .startsWith("legacy: MD5, DES");
  }

  @Test
  @Requirement({"SCEP-122", "SCEP-205"})
  void weakKeysAreRefused() throws Exception {
    var generator = java.security.KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();
    Device device = new Device(weak, RawMessage.selfSigned(weak, "CN=weak-key"));

    assertFails(sound(device, "CN=weak-key"), FailInfo.BAD_ALG);
    assertFails(
        "/scep/legacy",
        sound("/scep/legacy", device, chancery.credential("CN=weak-key"), "CN=weak-key"),
        FailInfo.BAD_ALG);
  }

  /// 26 characters of which each is one of 32: 130 bits.
  @Test
  @Requirement("SCEP-147")
  void aGeneratedChallengeHasAtLeast128Bits() {
    Set<String> seen = new HashSet<>();
    int[] counts = new int[128];
    for (int i = 0; i < 200; i++) {
      String secret = chancery.credential("CN=device").secret();
      assertThat(secret).matches("[a-z2-7]{26,}");
      assertThat(seen.add(secret)).isTrue();
      secret.chars().forEach(one -> counts[one]++);
    }
    // Each of the 32 about 162 times: none is left out, none is favoured.
    for (char one : "abcdefghijklmnopqrstuvwxyz234567".toCharArray()) {
      assertThat(counts[one]).as("%s", one).isBetween(80, 260);
    }
  }

  @Test
  @Requirement({"SCEP-142", "SCEP-143"})
  void nothingIsIssuedThatCannotBeDelivered() {
    Device device = Device.of(KeyType.P_256, "CN=ec");
    Certificate own =
        CertsOnly.parse(
                ((Result.Success) sound(device, "CN=ec").answer(chancery, PATH).result())
                    .open()
                    .open(device.signer()))
            .getFirst();

    RawMessage renewal =
        renewal("/scep/strict", device.with(own), KeyPairs.generate(KeyType.P_256), "CN=ec");

    assertFails("/scep/strict", renewal, FailInfo.BAD_ALG);
  }

  @Test
  @Requirement({"SCEP-076", "SCEP-077", "SCEP-097", "SCEP-211"})
  void aLostReplyIsFetchedAgainAndACopyOfTheMessageGetsNothing() {
    Device device = Device.of(KeyType.RSA_2048, "CN=repeats");
    RawMessage message = sound(device, "CN=repeats");
    byte[] sent = message.encode();
    CertRep first = CertRep.parse(RawMessage.post(chancery, PATH, sent).body()).reply();
    assertThat(first.result()).isInstanceOf(Result.Success.class);
    int issued = chancery.issued().size();

    CertRep copy = CertRep.parse(RawMessage.post(chancery, PATH, sent).body()).reply();
    assertThat(copy.result()).isInstanceOf(Result.Failure.class);
    assertThat(chancery.lastAudit().event().details()).containsEntry("code", "message-replayed");

    message.nonce = dev.chancery.pki.crypto.Randomness.bytes(16);
    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
    assertThat(chancery.lastAudit().event().action())
        .isEqualTo(AuditEvent.Action.CERTIFICATE_REDELIVERED);
    assertThat(chancery.issued()).hasSize(issued);

    RawMessage again = sound(device, "CN=repeats");
    again.transactionId = message.transactionId;
    assertThat(again.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
    assertThat(chancery.issued()).hasSize(issued + 1);
    RawMessage otherDevice = sound(Device.of(KeyType.RSA_2048, "CN=repeats"), "CN=repeats");
    otherDevice.transactionId = message.transactionId;
    assertThat(otherDevice.answer(chancery, PATH).result()).isInstanceOf(Result.Success.class);
  }

  @Test
  @Requirement("SCEP-077")
  void aPendingTransactionIdBelongsToItsKey() {
    Device device = Device.of(KeyType.RSA_2048, "CN=pends");
    RawMessage message =
        sound(PATH, device, chancery.credential("by-hand", 1, "CN=pends"), "CN=pends");
    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    assertThat(message.answer(chancery, PATH).result()).isInstanceOf(Result.Pending.class);
    RawMessage stranger = sound(Device.of(KeyType.RSA_2048, "CN=pends"), "CN=pends");
    stranger.transactionId = message.transactionId;

    assertFails(stranger, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-077", "SCEP-124", "SCEP-162"})
  void parallelCopiesIssueOneCertificate() throws Exception {
    byte[] message = sound(Device.of(KeyType.RSA_2048, "CN=parallel"), "CN=parallel").encode();
    int before = chancery.issued().size();
    List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        answers.add(threads.submit(() -> RawMessage.post(chancery, PATH, message)));
      }
    }

    for (Future<HttpResponse<byte[]>> answer : answers) {
      assertThat(answer.get().statusCode()).isEqualTo(200);
    }
    assertThat(chancery.issued()).hasSize(before + 1);
  }

  @Test
  @Requirement("SCEP-112")
  void getCertCanBeSwitchedOff() {
    Certificate own = issued(DEVICE, "CN=off");
    RawMessage message =
        RawMessage.of(
            chancery,
            "/scep/strict",
            "21",
            DEVICE.with(own),
            new IssuerAndSerial(own.issuer(), own.serialNumber()).encode());

    assertFails("/scep/strict", message, FailInfo.BAD_REQUEST);
  }

  @Test
  @Requirement({"SCEP-161", "SCEP-202"})
  void aStaticChallengeIsGoodForItsNamesOnly() {
    String challenge = "q7dk2mzr4xw5hcn3tbvy6oafgs";
    Device device = Device.of(KeyType.RSA_2048, "CN=phone");
    for (String subject :
        List.of("CN=phone-1", "CN=admin,O=ACME", "CN=phone-1,O=ACME,OU=x", "O=ACME")) {
      assertFails(
          "/scep/phones",
          RawMessage.pkcsReq(
              chancery, "/scep/phones", device, csr(device.keyPair(), challenge, subject)),
          FailInfo.BAD_REQUEST);
    }
    assertFails(
        RawMessage.pkcsReq(
            chancery, PATH, device, csr(device.keyPair(), challenge, "CN=phone-1,O=ACME")),
        FailInfo.BAD_REQUEST);

    CertRep granted =
        RawMessage.pkcsReq(
                chancery,
                "/scep/phones",
                device,
                csr(device.keyPair(), challenge, "CN=phone-1,O=ACME", "dns:one.phones.example"))
            .answer(chancery, "/scep/phones");

    assertThat(granted.result()).isInstanceOf(Result.Success.class);
    assertThat(chancery.lastAudit().event().actor()).isEqualTo("shared-secret:scep/phones");
  }

  @Test
  @Requirement("SCEP-164")
  void noSecretStandsInTheAudit() {
    var credential = chancery.credential("CN=secret");
    sound(PATH, DEVICE, credential, "CN=other").answer(chancery, PATH);
    sound(PATH, DEVICE, credential, "CN=secret").answer(chancery, PATH);
    StringBuilder audit = new StringBuilder();
    chancery.services().ledger().auditEntries(1, entry -> audit.append(entry.event()));

    assertThat(audit).doesNotContain(credential.secret());
  }

  static Stream<Arguments> noMessages() {
    return Stream.of(
        arguments("nothing", new byte[0]),
        arguments("words", "hello".getBytes(StandardCharsets.US_ASCII)),
        arguments("a NULL", new byte[] {5, 0}),
        arguments("a request in the clear", csr(DEVICE.keyPair(), "", "CN=x").der().toByteArray()),
        arguments("certificates", CertsOnly.encode(List.of(DEVICE.signer().certificate()))),
        arguments(
            "no nonce",
            SignedMessage.sign(
                DEVICE.signer(),
                DigestAlgorithm.SHA_256,
                java.util.Optional.of(Der.of(new byte[1])),
                List.of(RawMessage.attribute(RawMessage.PREFIX + "7", new DERPrintableString("t"))),
                List.of())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noMessages")
  @Requirement({"SCEP-009", "SCEP-070"})
  void whatCannotBeAnsweredWithASignedMessageIs400(String what, byte[] body) {
    HttpResponse<byte[]> response = RawMessage.post(chancery, PATH, body);

    assertThat(response.statusCode()).as(what).isEqualTo(400);
    assertThat(new String(response.body(), StandardCharsets.UTF_8))
        .doesNotContain("Exception")
        .hasLineCount(1);
    assertThat(chancery.lastAudit().event().action()).isEqualTo(AuditEvent.Action.REQUEST_REFUSED);
  }

  @Test
  @Requirement({"SCEP-006", "SCEP-008", "SCEP-009"})
  void otherOperationsAndPathsAreRefused() {
    assertThat(RawMessage.get(chancery, PATH + "?operation=Nothing").statusCode()).isEqualTo(400);
    assertThat(RawMessage.get(chancery, PATH).statusCode()).isEqualTo(400);
    assertThat(RawMessage.get(chancery, "/scep/unknown?operation=GetCACert").statusCode())
        .isEqualTo(404);
    assertThat(RawMessage.get(chancery, PATH + "?operation=PKIOperation&message=!!!!").statusCode())
        .isEqualTo(400);
    assertThat(RawMessage.post(chancery, PATH, new byte[3 * 1024 * 1024]).statusCode())
        .isEqualTo(413);
  }
}
