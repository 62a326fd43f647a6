package dev.chancery.est.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @Test
  void colonsAndCaseDoNotMatter() {
    Fingerprint plain = Fingerprint.parse(HEX);

    assertThat(Fingerprint.parse(plain.toString())).isEqualTo(plain);
    assertThat(plain.toString()).startsWith("01:23:45").hasSize(95);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0123456789abcdef", "0123456789abcdef0123456789abcdef01234567", "xyz"})
  void aPartOfOneIsNone(String text) {
    assertThatThrownBy(() -> Fingerprint.parse(text)).isInstanceOf(MalformedException.class);
  }
}
