package dev.chancery.pki.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.crypto.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPairsTest {
  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void aPrivateKeyIsReadBackFromItsPem(KeyType type) {
    KeyPair pair = KeyPairs.generate(type);
    byte[] message = "message".getBytes(StandardCharsets.UTF_8);
    SignatureAlgorithm algorithm = SignatureAlgorithm.of(type);

    PrivateKey key = KeyPairs.privateKeyOf(KeyPairs.toPem(pair.getPrivate()));

    assertThat(
            algorithm.verifies(
                SubjectPublicKeyInfo.of(pair.getPublic()), message, algorithm.sign(key, message)))
        .isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(KeyType.class)
  void aKindIsFoundByItsName(KeyType type) {
    assertThat(KeyType.parse(type.id())).isEqualTo(type);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----"
      })
  void whatIsNoPrivateKeyIsRefused(String pem) {
    assertThatThrownBy(() -> KeyPairs.privateKeyOf(pem)).isInstanceOf(MalformedException.class);
  }
}
