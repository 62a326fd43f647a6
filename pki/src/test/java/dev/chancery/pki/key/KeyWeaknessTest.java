package dev.chancery.pki.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-087: keys that are never certified.
class KeyWeaknessTest {
  private static final BigInteger F4 = BigInteger.valueOf(65537);

  /// The modulus of a sound key of 2048 bits.
  private static final BigInteger MODULUS =
      ((RSAPublicKey) KeyPairs.generate(KeyType.RSA_2048).getPublic()).getModulus();

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void soundKeysOfEveryKindHaveNone(KeyType type) {
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(KeyPairs.generate(type).getPublic());

    assertThat(KeyWeakness.of(key)).isEmpty();
    assertThat(key.type()).contains(type);
    assertThat(key.isRsa()).isEqualTo(type.isRsa());
  }

  @ParameterizedTest(name = "{0} bits")
  @ValueSource(ints = {512, 1024, 2047})
  void shortRsaKeys(int bits) {
    assertThat(weakness(MODULUS.shiftRight(2048 - bits).setBit(0), F4))
        .contains(KeyWeakness.RSA_TOO_SHORT);
  }

  @Test
  void longRsaKeys() {
    assertThat(weakness(BigInteger.ONE.shiftLeft(8192).setBit(0), F4))
        .contains(KeyWeakness.RSA_TOO_LONG);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(longs = {0, 1, 3, 17, 257, 65535, 65536, 65538, 131072})
  void exponentsThatAreSmallOrEven(long exponent) {
    assertThat(weakness(MODULUS, BigInteger.valueOf(exponent))).contains(KeyWeakness.RSA_EXPONENT);
  }

  @Test
  void exponentsOfMoreThan256Bits() {
    assertThat(weakness(MODULUS, BigInteger.ONE.shiftLeft(256).setBit(0)))
        .contains(KeyWeakness.RSA_EXPONENT);
    assertThat(weakness(MODULUS, BigInteger.ONE.shiftLeft(255).setBit(0))).isEmpty();
  }

  @Test
  void evenModuli() {
    assertThat(weakness(MODULUS.clearBit(0), F4)).contains(KeyWeakness.RSA_MODULUS);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(ints = {3, 5, 7, 101, 499, 751})
  void moduliWithASmallFactor(int factor) {
    BigInteger prime = BigInteger.valueOf(factor);
    BigInteger modulus = MODULUS.subtract(MODULUS.mod(prime));

    assertThat(weakness(modulus.testBit(0) ? modulus : modulus.add(prime), F4))
        .contains(KeyWeakness.RSA_MODULUS);
  }

  static IntStream seeds() {
    return IntStream.range(0, 5);
  }

  /// Nemec et al., CCS 2017, §2.1: both primes are `k·M + (65537^a mod M)`.
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void moduliOfTheRocaForm(int seed) {
    Random random = new Random(seed);

    BigInteger modulus = rocaPrime(random).multiply(rocaPrime(random));

    assertThat(modulus.bitLength()).isGreaterThanOrEqualTo(2048);
    assertThat(weakness(modulus, F4)).contains(KeyWeakness.ROCA);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"secp256k1", "secp224r1", "brainpoolP256r1"})
  void otherCurves(String curve) throws IOException {
    var key =
        new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
            new AlgorithmIdentifier(
                X9ObjectIdentifiers.id_ecPublicKey, ECNamedCurveTable.getOID(curve)),
            ECNamedCurveTable.getByName(curve).getG().getEncoded(false));

    assertThat(KeyWeakness.of(SubjectPublicKeyInfo.of(key))).contains(KeyWeakness.UNSUPPORTED);
  }

  @Test
  void curvesThatAreSpelledOut() {
    var key =
        new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
            new AlgorithmIdentifier(
                X9ObjectIdentifiers.id_ecPublicKey, ECNamedCurveTable.getByName("secp256r1")),
            ECNamedCurveTable.getByName("secp256r1").getG().getEncoded(false));

    assertThat(KeyWeakness.of(SubjectPublicKeyInfo.of(key))).contains(KeyWeakness.UNSUPPORTED);
  }

  @Test
  void algorithmsThatNobodyKnows() {
    var key =
        new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10040.4.1")), new byte[20]);

    assertThat(KeyWeakness.of(SubjectPublicKeyInfo.of(key))).contains(KeyWeakness.UNSUPPORTED);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"P_256", "P_384", "P_521"})
  void pointsOffTheCurveAndThePointAtInfinity(KeyType type) {
    var sound = SubjectPublicKeyInfo.of(KeyPairs.generate(type).getPublic()).toAsn1();
    byte[] point = sound.getPublicKeyData().getOctets();
    byte[] off = point.clone();
    off[off.length - 1] ^= 1;
    byte[] zero = new byte[point.length];
    zero[0] = 4;

    assertThat(weakness(sound.getAlgorithm(), off)).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), zero)).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), new byte[] {0})).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), new byte[0])).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), Arrays.copyOf(point, point.length - 1)))
        .contains(KeyWeakness.INVALID_POINT);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      value = KeyType.class,
      names = {"ED25519", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void keysOfTheWrongLength(KeyType type) {
    var sound = SubjectPublicKeyInfo.of(KeyPairs.generate(type).getPublic()).toAsn1();
    byte[] bytes = sound.getPublicKeyData().getOctets();

    assertThat(weakness(sound.getAlgorithm(), Arrays.copyOf(bytes, bytes.length - 1)))
        .contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), Arrays.copyOf(bytes, bytes.length + 1)))
        .contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(sound.getAlgorithm(), new byte[0])).contains(KeyWeakness.INVALID_POINT);
  }

  @Test
  void rsaKeysThatAreNoPairOfNumbers() {
    var algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);

    assertThat(weakness(algorithm, new byte[] {5, 0})).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(algorithm, new byte[0])).contains(KeyWeakness.INVALID_POINT);
    assertThat(weakness(algorithm, new byte[] {0x30, 3, 2, 1, 5}))
        .contains(KeyWeakness.INVALID_POINT);
  }

  @Test
  void aKeyBeyondAllMeasureIsNotEvenHeld() {
    assertThatThrownBy(() -> weakness(BigInteger.ONE.shiftLeft(65_536), F4))
        .isInstanceOf(MalformedException.class);
  }

  private static BigInteger rocaPrime(Random random) {
    BigInteger primorial = BigInteger.ONE;
    BigInteger prime = BigInteger.TWO;
    for (int i = 0; i < 126; i++) {
      primorial = primorial.multiply(prime);
      prime = prime.nextProbablePrime();
    }
    while (true) {
      BigInteger k =
          new BigInteger(1024 - primorial.bitLength(), random)
              .setBit(1024 - primorial.bitLength())
              .setBit(1023 - primorial.bitLength());
      BigInteger candidate =
          k.multiply(primorial).add(F4.modPow(new BigInteger(60, random), primorial));
      if (candidate.isProbablePrime(40)) {
        return candidate;
      }
    }
  }

  private static Optional<KeyWeakness> weakness(BigInteger modulus, BigInteger exponent) {
    try {
      return KeyWeakness.of(
          SubjectPublicKeyInfo.of(
              new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
                  new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                  new org.bouncycastle.asn1.pkcs.RSAPublicKey(modulus, exponent))));
    } catch (IOException e) {
      throw new AssertionError("two numbers can be encoded", e);
    }
  }

  private static Optional<KeyWeakness> weakness(AlgorithmIdentifier algorithm, byte[] key) {
    return KeyWeakness.of(
        SubjectPublicKeyInfo.of(
            new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(algorithm, key)));
  }
}
