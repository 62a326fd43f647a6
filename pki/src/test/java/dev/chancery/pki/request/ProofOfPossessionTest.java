package dev.chancery.pki.request;

import static dev.chancery.pki.request.RawRequest.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.TestAuthority;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.KeyWeakness;
import dev.chancery.pki.name.SubjectNames;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProofOfPossessionTest {
  private static final Map<KeyType, byte[]> REQUESTS = requests();

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void aSoundRequestProvesPossessionOfItsKey(KeyType type) {
    CertificationRequest request = request(type);

    assertThat(ProofOfPossession.verify(request).key())
        .isEqualTo(request.template().subjectPublicKey());
  }

  static IntStream seeds() {
    return IntStream.range(0, 1000);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void anyFlippedBitOfContentOrSignatureIsRefused(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    KeyType[] types = REQUESTS.keySet().toArray(KeyType[]::new);
    byte[] der = encoded(types[random.nextInt(types.length)]);
    int header = 4;
    int content = DerLimits.firstElement(der).length;
    int signature = CertificationRequest.parse(der).signature().length + 1;
    int at = random.nextInt(content + signature);
    int index = at < content ? header + at : der.length - signature + (at - content);

    der[index] ^= (byte) (1 << random.nextInt(8));

    assertThat(catchThrowable(() -> ProofOfPossession.verify(CertificationRequest.parse(der))))
        .isInstanceOfAny(
            MalformedException.class, WeakKeyException.class, ProofInvalidException.class);
  }

  /// Some requesters sort the attributes wrongly, or not at all; what they signed is what they
  /// sent.
  @Test
  void attributesInAnyOrderVerify() {
    var challenge = attribute("1.2.840.113549.1.9.7", new DERPrintableString("secret"));
    var other = attribute("1.2.3", new DERUTF8String("x"));
    byte[] oneWay = RawRequest.with(challenge, other);
    byte[] otherWay = RawRequest.with(other, challenge);

    assertThat(DerLimits.firstElement(oneWay)).isNotEqualTo(DerLimits.firstElement(otherWay));
    assertThat(ProofOfPossession.verify(CertificationRequest.parse(oneWay))).isNotNull();
    assertThat(ProofOfPossession.verify(CertificationRequest.parse(otherWay))).isNotNull();
  }

  @Test
  void aSignatureByAnotherKeyIsRefused() {
    var foreign =
        dev.chancery.pki.key.SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic());
    CertificationRequest request =
        CertificationRequest.parse(
            RawRequest.with(foreign.toAsn1(), SignatureAlgorithm.ECDSA_WITH_SHA256.identifier()));

    assertThatThrownBy(() -> ProofOfPossession.verify(request))
        .isInstanceOf(ProofInvalidException.class);
  }

  @Test
  void anAlgorithmForAnotherKindOfKeyIsRefused() {
    var key =
        dev.chancery.pki.key.SubjectPublicKeyInfo.of(KeyPairs.generate(KeyType.P_256).getPublic());
    CertificationRequest request =
        CertificationRequest.parse(
            RawRequest.with(key.toAsn1(), SignatureAlgorithm.RSA_WITH_SHA256.identifier()));

    assertThatThrownBy(() -> ProofOfPossession.verify(request))
        .isInstanceOf(ProofInvalidException.class);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "1.2.840.113549.1.1.4", // md5WithRSAEncryption
        "1.2.840.113549.1.1.5", // sha1WithRSAEncryption
        "1.2.840.10045.4.1", // ecdsa-with-SHA1
        "1.2.3.4"
      })
  void weakAndUnknownAlgorithmsAreRefused(String oid) {
    var key = request(KeyType.P_256).template().subjectPublicKey();
    byte[] request =
        RawRequest.with(key.toAsn1(), new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid)));

    assertThatThrownBy(() -> CertificationRequest.parse(request))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(oid);
  }

  /// EST-087.
  @Test
  void aWeakKeyIsRefusedBeforeItsSignatureIsLookedAt() throws Exception {
    byte[] request = RawRequest.with(rsa(1024), SignatureAlgorithm.RSA_WITH_SHA256.identifier());

    assertThatThrownBy(() -> ProofOfPossession.verify(CertificationRequest.parse(request)))
        .isInstanceOfSatisfying(
            WeakKeyException.class,
            e -> assertThat(e.weakness()).isEqualTo(KeyWeakness.RSA_TOO_SHORT));
  }

  /// EST-030: a verification with such a key would take minutes.
  @ParameterizedTest(name = "{0} bits")
  @ValueSource(ints = {8193, 16_384, 65_536})
  void aHugeKeyIsRefusedInBoundedTime(int bits) throws Exception {
    byte[] request = RawRequest.with(rsa(bits), SignatureAlgorithm.RSA_WITH_SHA256.identifier());

    assertTimeout(
        Duration.ofSeconds(2),
        () ->
            assertThat(
                    catchThrowable(
                        () -> ProofOfPossession.verify(CertificationRequest.parse(request))))
                .isInstanceOfAny(MalformedException.class, WeakKeyException.class));
  }

  /// EST-046.
  @Test
  void aRequestThatIsCutShortOrContinuedIsRefused() {
    byte[] der = encoded(KeyType.P_256);

    for (int length = 0; length < der.length; length++) {
      byte[] cut = Arrays.copyOf(der, length);
      assertThatThrownBy(() -> CertificationRequest.parse(cut))
          .isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> CertificationRequest.parse(Arrays.copyOf(der, der.length + 1)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("followed by other bytes");
  }

  @Test
  void aCertificateIsNoRequest() {
    byte[] certificate = TestAuthority.root("CN=Root").certificate().der().toByteArray();

    assertThatThrownBy(() -> CertificationRequest.parse(certificate))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void theBytesAreKeptAsSent() {
    byte[] der = RawRequest.with();

    assertThat(CertificationRequest.parse(der).der().toByteArray()).isEqualTo(der);
  }

  private static SubjectPublicKeyInfo rsa(int bits) throws Exception {
    BigInteger modulus = BigInteger.ONE.shiftLeft(bits - 1).setBit(0);
    return new SubjectPublicKeyInfo(
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
        new RSAPublicKey(modulus, BigInteger.valueOf(65537)));
  }

  private static CertificationRequest request(KeyType type) {
    return CertificationRequest.parse(encoded(type));
  }

  private static byte[] encoded(KeyType type) {
    return Objects.requireNonNull(REQUESTS.get(type)).clone();
  }

  private static Map<KeyType, byte[]> requests() {
    Map<KeyType, byte[]> requests = new EnumMap<>(KeyType.class);
    for (KeyType type : KeyType.values()) {
      requests.put(
          type,
          CertificationRequestBuilder.builder(
                  SubjectNames.parse("CN=sensor-1,O=Example", List.of("dns:sensor-1.example")),
                  KeyPairs.generate(type))
              .challengePassword("secret")
              .build()
              .der()
              .toByteArray());
    }
    return requests;
  }
}
