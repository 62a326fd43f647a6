package dev.chancery.authority.requester;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.requester.DigestResponse.Algorithm;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigestResponseTest {
  /// The vectors of RFC 7616 §3.9.1.
  @ParameterizedTest
  @CsvSource({
    "SHA_256, 753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    "MD5, 8ca523f5e9506fed4657c9700eebdbec"
  })
  void theExampleOfRfc7616Verifies(Algorithm algorithm, String response) {
    DigestResponse sent =
        new DigestResponse(
            algorithm,
            "Mufasa",
            "http-auth@example.org",
            "GET",
            "/dir/index.html",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "00000001",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            response);

    assertThat(sent.provesKnowledgeOf(bytes("Circle of Life"))).isTrue();
    assertThat(sent.provesKnowledgeOf(bytes("Circle of life"))).isFalse();
    assertThat(sent.provesKnowledgeOf(new byte[0])).isFalse();
    assertThat(sent.toString()).doesNotContain(response);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
