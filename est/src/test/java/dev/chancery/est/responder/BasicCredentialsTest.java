package dev.chancery.est.responder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BasicCredentialsTest {
  @Test
  void thePasswordMayHoldColonsAndTheNameBeEmpty() {
    try (BasicCredentials basic = BasicCredentials.parse(basic(":a:b")).orElseThrow()) {
      assertThat(basic.user()).isEmpty();
      assertThat(basic.password()).asString().isEqualTo("a:b");
    }
  }

  @Test
  void nameAndPasswordAreUtf8() {
    try (BasicCredentials basic = BasicCredentials.parse(basic("jürg:pässwort")).orElseThrow()) {
      assertThat(basic.user()).isEqualTo("jürg");
      assertThat(basic.password()).isEqualTo("pässwort".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void theSchemeIsReadWithoutRegardToCase() {
    assertThat(BasicCredentials.parse(basic("a:b").replace("Basic", "bASIC"))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer abc", "Digest username=\"a\"", "Basically YTpi"})
  void otherSchemesAreLeftToOthers(String value) {
    assertThat(BasicCredentials.parse(value)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic", "Basic ", "Basic !!!", "Basic YWI=", "Basic /zpi"})
  void brokenCredentialsAreMalformed(String value) {
    assertThatThrownBy(() -> BasicCredentials.parse(value))
        .isInstanceOf(MalformedException.class)
        .hasNoCause();
  }

  @Test
  void thePasswordIsWipedOnClose() {
    BasicCredentials basic = BasicCredentials.parse(basic("a:b")).orElseThrow();

    basic.close();

    assertThat(basic.password()).containsExactly(0);
  }

  @Test
  void textShowsNeitherNameNorPassword() {
    try (BasicCredentials basic = BasicCredentials.parse(basic("alice:secret")).orElseThrow()) {
      assertThat(basic.toString()).doesNotContain("alice").doesNotContain("secret");
    }
  }

  private static String basic(String both) {
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }
}
