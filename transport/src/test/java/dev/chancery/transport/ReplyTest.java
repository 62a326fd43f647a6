package dev.chancery.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyTest {
  /// EST-122: whole seconds, never early, never zero.
  @ParameterizedTest(name = "{0} is {1} s")
  @CsvSource({
    "PT0S,1",
    "PT-5S,1",
    "PT0.000000001S,1",
    "PT1S,1",
    "PT1.000000001S,2",
    "PT1.0005S,2",
    "PT1.5S,2",
    "PT2S,2",
    "PT1H,3600"
  })
  void retryAfterIsRoundedUpToWholeSeconds(Duration duration, String seconds) {
    assertThat(Reply.of(202).retryAfter(duration).headers().first("Retry-After")).contains(seconds);
  }

  @Test
  void aLineOfTextEndsWithANewline() {
    Reply reply = Reply.text(400, "no");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.headers().first("content-type")).contains("text/plain; charset=utf-8");
    assertThat(reply.body()).isEqualTo(Body.of("no\n"));
  }

  @Test
  void aBodyIsCopiedInAndOut() {
    byte[] bytes = {1, 2};
    Body body = Body.of(bytes);

    bytes[0] = 9;
    body.toByteArray()[1] = 9;

    assertThat(body).isEqualTo(Body.of(new byte[] {1, 2}));
    assertThat(body.toString()).isEqualTo("Body[2 bytes]");
  }
}
