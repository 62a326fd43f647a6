package dev.chancery.pki.cms;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.pki.Attempts;
import dev.chancery.pki.DerLimits;

class ServerGeneratedKeyFuzzTest {
  private static final KeyDecryption SHARED =
      new KeyDecryption.BySharedKey(
          KeyEncryptionKey.of(KeyEncryptionKey.identifier("k"), new byte[16]));

  @FuzzTest
  void anyBytesAreAMessageOrMalformed(byte[] bytes) {
    Attempts.of(() -> ServerGeneratedKey.open(bytes, SHARED).close());
  }

  @FuzzTest
  void anyBytesAreASignedKeyOrMalformed(byte[] bytes) {
    Attempts.of(() -> ServerGeneratedKey.openSigned(bytes).close());
  }

  @FuzzTest
  void anyBytesAreAKeyPackageOrMalformed(byte[] bytes) {
    Attempts.of(() -> KeyPackage.parse(bytes));
  }

  @FuzzTest
  void anyBytesAreCapabilitiesOrMalformed(byte[] bytes) {
    Attempts.of(() -> {
      SmimeCapabilities capabilities =
          SmimeCapabilities.of(DerLimits.parse(bytes, 4096, "capabilities"));
      // Choosing among them must not fail on what they hold either.
      assertThat(capabilities.content()).isNotNull();
      assertThat(capabilities.oaep()).isNotNull();
      assertThat(capabilities.agreements()).hasSizeLessThanOrEqualTo(64);
    });
  }
}
