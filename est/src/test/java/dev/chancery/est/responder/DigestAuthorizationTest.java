package dev.chancery.est.responder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.requester.DigestResponse.Algorithm;
import dev.chancery.pki.MalformedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestAuthorizationTest {
  /// RFC 7616 §3.9.1, the answer with SHA-256.
  private static final String RFC_7616 =
      """
      Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", \
      algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, \
      cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, \
      response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", \
      opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"\
      """;

  @Test
  void theExampleOfRfc7616IsRead() {
    DigestAuthorization sent = DigestAuthorization.parse(RFC_7616).orElseThrow();

    assertThat(sent.user()).isEqualTo("Mufasa");
    assertThat(sent.realm()).isEqualTo("http-auth@example.org");
    assertThat(sent.algorithm()).isEqualTo(Algorithm.SHA_256);
    assertThat(sent.count()).isEqualTo(1);
    assertThat(sent.isFor("/dir/index.html", "")).isTrue();
    assertThat(sent.isFor("/dir/other.html", "")).isFalse();
    assertThat(sent.toString()).doesNotContain("753927fa");
  }

  @Test
  void quotedPairsAndOddSpacesAreRead() {
    DigestAuthorization sent =
        DigestAuthorization.parse(
                RFC_7616.replace("\"Mufasa\"", " \"a\\\\\\\"b, c=d\" ").replace(", nc", " ,nc"))
            .orElseThrow();

    assertThat(sent.user()).isEqualTo("a\\\"b, c=d");
  }

  @Test
  void withoutAnAlgorithmItIsMd5() {
    assertThat(
            DigestAuthorization.parse(RFC_7616.replace("algorithm=SHA-256, ", ""))
                .orElseThrow()
                .algorithm())
        .isEqualTo(Algorithm.MD5);
  }

  @Test
  void otherSchemesAreNotItsBusiness() {
    assertThat(DigestAuthorization.parse("Basic YTpi")).isEmpty();
    assertThat(DigestAuthorization.parse("DigestX a=b")).isEmpty();
    assertThat(DigestAuthorization.parse("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Digest",
        "Digest nonsense",
        "Digest username=\"a\", username=\"b\"",
        "Digest username=\"open",
        "Digest qop=auth-int, username=a, realm=b, nonce=c, uri=d, cnonce=e, nc=00000001, response=00"
      })
  void whatIsNotWellFormedIsRefusedWithoutQuotingIt(String field) {
    assertThatThrownBy(() -> DigestAuthorization.parse(field))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("the Authorization field is not HTTP Digest (RFC 7616)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nc=00000001", "qop=auth, ", "nonce=", "response=", "cnonce=", "uri="})
  void everyPartThatCountsIsRequired(String part) {
    String without =
        part.endsWith("=")
            ? RFC_7616.replaceFirst(", " + part + "\"[^\"]*\"", "")
            : RFC_7616.replace(part, "");

    assertThat(without).isNotEqualTo(RFC_7616);
    assertThatThrownBy(() -> DigestAuthorization.parse(without))
        .isInstanceOf(MalformedException.class);
  }
}
