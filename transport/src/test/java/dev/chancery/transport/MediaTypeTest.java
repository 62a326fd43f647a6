package dev.chancery.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// EST-048: media types as peers write them.
class MediaTypeTest {
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "application/pkcs10",
        "Application/PKCS10; charset=utf-8",
        "APPLICATION/pkcs10",
        " application/pkcs10 ",
        "application/pkcs10;",
        "application/pkcs10 ; ; x=y"
      })
  void theTypeComparesWithoutRegardToCase(String text) {
    assertThat(MediaType.parse(text))
        .hasValueSatisfying(type -> assertThat(type.is("application/pkcs10")).isTrue());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "application/pkcs7-mime; smime-type=certs-only",
        "application/pkcs7-mime; smime-type=\"certs-only\"",
        "application/pkcs7-mime;SMIME-Type=certs-only",
        "application/pkcs7-mime;charset=x;smime-type=certs-only",
        "application/pkcs7-mime ; smime-type=certs-only ; name=\"a;b=c\"",
        "application/pkcs7-mime;\tsmime-type = certs-only",
        "application/pkcs7-mime; smime-type=\"certs\\-only\""
      })
  void parametersComeInAnyOrderQuotedOrNotWithAnySpacing(String text) {
    assertThat(MediaType.parse(text).orElseThrow().parameters())
        .containsEntry("smime-type", "certs-only");
  }

  @Test
  void parameterValuesKeepTheirCase() {
    assertThat(
            MediaType.parse("application/pkcs7-mime; smime-type=CMC-Request")
                .orElseThrow()
                .parameters())
        .isEqualTo(Map.of("smime-type", "CMC-Request"));
  }

  @Test
  void theFirstOfTwoParametersOfOneNameCounts() {
    assertThat(MediaType.parse("a/b; c=1; C=2").orElseThrow().parameters())
        .isEqualTo(Map.of("c", "1"));
  }

  @Test
  void aQuotedValueMayHoldSeparatorsAndQuotes() {
    assertThat(MediaType.parse("a/b; c=\"x; d=\\\"y\\\"\"").orElseThrow().parameters())
        .isEqualTo(Map.of("c", "x; d=\"y\""));
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(
      strings = {
        "",
        "application",
        "application/",
        "/pkcs10",
        "application/pkcs10, text/plain",
        "application/pkcs10 charset=utf-8",
        "a/b; c",
        "a/b; c=",
        "a/b; =d",
        "a/b; c=\"d",
        "a/b; c=d e",
        "a b/c"
      })
  void whatIsNoMediaTypeIsNone(String text) {
    assertThat(MediaType.parse(text)).isEmpty();
  }

  @Test
  void aTextOfAbsurdLengthIsNone() {
    assertThat(MediaType.parse("a/b; c=\"" + "x".repeat(2000) + "\"")).isEmpty();
    assertThat(MediaType.parse("a/b; c=\"" + "x".repeat(1000) + "\"")).isPresent();
  }
}
