package dev.chancery.pki.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureAlgorithmTest {
  private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void everyKindOfKeySignsAndVerifies(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(pair.getPublic());
    SubjectPublicKeyInfo other = SubjectPublicKeyInfo.of(KeyPairs.generate(type).getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);

    byte[] signature = algorithm.sign(pair.getPrivate(), MESSAGE);

    assertThat(algorithm.verifies(key, MESSAGE, signature)).isTrue();
    assertThat(algorithm.verifies(other, MESSAGE, signature)).isFalse();
    assertThat(algorithm.verifies(key, new byte[] {1}, signature)).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void misshapenSignaturesDoNotVerify(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(pair.getPublic());
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);
    byte[] signature = algorithm.sign(pair.getPrivate(), MESSAGE);

    assertThat(algorithm.verifies(key, MESSAGE, new byte[0])).isFalse();
    assertThat(algorithm.verifies(key, MESSAGE, new byte[signature.length])).isFalse();
    assertThat(algorithm.verifies(key, MESSAGE, Arrays.copyOf(signature, signature.length - 1)))
        .isFalse();
    assertThat(algorithm.verifies(key, MESSAGE, Arrays.copyOf(signature, signature.length + 1)))
        .isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(SignatureAlgorithm.class)
  void everyAlgorithmIsFoundByItsIdentifier(SignatureAlgorithm algorithm) {
    assertThat(SignatureAlgorithm.of(algorithm.identifier(), SignatureAlgorithm.WEAK))
        .isEqualTo(algorithm);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(SignatureAlgorithm.class)
  void aKeyOfAnotherKindNeverVerifies(SignatureAlgorithm algorithm) {
    KeyType foreign = algorithm.name().startsWith("ECDSA") ? KeyType.ED25519 : KeyType.P_256;
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.of(KeyPairs.generate(foreign).getPublic());

    assertThat(algorithm.verifies(key, MESSAGE, new byte[64])).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "1.2.840.113549.1.1.4", // md5WithRSAEncryption
        "1.2.840.113549.1.1.5", // sha1WithRSAEncryption
        "1.3.14.3.2.29", // sha1WithRSASignature
        "1.2.840.10045.4.1", // ecdsa-with-SHA1
        "1.2.840.10040.4.3" // dsa-with-sha1
      })
  void weakDigestsAreRefused(String oid) {
    assertThatThrownBy(
            () -> SignatureAlgorithm.of(new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("sign with SHA-256 or stronger");
  }
}
