package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.est.wire.MultipartMixed.Laid;
import dev.chancery.est.wire.MultipartMixed.Part;
import dev.chancery.pki.MalformedException;
import dev.chancery.transport.Body;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartMixedTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whatIsWrittenIsRead(long seed) {
    Random random = new Random(seed);
    List<Laid> laid = new ArrayList<>();
    List<Part> expected = new ArrayList<>();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      byte[] content = new byte[random.nextInt(200)];
      random.nextBytes(content);
      String type = "text/x" + random.nextInt(1000);
      laid.add(new Laid(List.of("Content-Type: " + type), Body.of(content)));
      expected.add(new Part(Map.of("content-type", type), Body.of(content)));
    }

    MultipartMixed.Encoded encoded = MultipartMixed.encode(laid);

    assertThat(encoded.contentType()).isEqualTo("multipart/mixed; boundary=" + encoded.boundary());
    assertThat(MultipartMixed.parse(encoded.boundary(), encoded.body()).parts())
        .isEqualTo(expected);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void aMessageThatIsCutShortIsMalformed(long seed) {
    MultipartMixed.Encoded encoded =
        MultipartMixed.encode(List.of(new Laid(List.of("A: b"), Body.of("content"))));
    byte[] whole = encoded.body().toByteArray();
    int length = new Random(seed).nextInt(whole.length - 4);

    assertThatThrownBy(() ->
            MultipartMixed.parse(
                encoded.boundary(), Body.of(java.util.Arrays.copyOf(whole, length))))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aPartMayHaveNoHeader() {
    assertThat(MultipartMixed.parse("b", Body.of("--b\n\nx\ny\n--b--")).parts())
        .containsExactly(new Part(Map.of(), Body.of("x\ny")));
  }

  @Test
  void aBoundaryIsAWholeLine() {
    assertThat(MultipartMixed.parse("b", Body.of("--b\n\n--bc\n--b- \n--b--")).parts())
        .containsExactly(new Part(Map.of(), Body.of("--bc\n--b- ")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--b--x",
        "--b\nno header\n\nx\n--b--",
        "--b\nA: b\n--b--",
        "--b\n: b\n\nx\n--b--",
        "--b\n\n1\n--b\n\n2\n--b\n\n3\n--b\n\n4\n--b\n\n5\n--b\n\n6\n--b\n\n7\n--b\n\n8\n--b\n\n9\n--b--"
      })
  void anythingElseIsMalformed(String message) {
    assertThatThrownBy(() -> MultipartMixed.parse("b", Body.of(message)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aBoundaryHasASaneLength() {
    assertThatThrownBy(() -> MultipartMixed.parse("", Body.of("----")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> MultipartMixed.parse("b".repeat(71), Body.EMPTY))
        .isInstanceOf(MalformedException.class);
  }
}
