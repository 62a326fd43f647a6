package dev.chancery.est.responder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.authority.Refusal;
import dev.chancery.transport.Reply;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EstRefusalsTest {
  @ParameterizedTest
  @EnumSource(
      value = Refusal.Code.class,
      names = {"CREDENTIAL_MISSING", "CREDENTIAL_UNKNOWN"})
  void whereAnotherPasswordWouldHelpOneIsAskedForWithAnEmptyBody(Refusal.Code code) {
    Reply reply = EstRefusals.reply(new Refusal(code, "what", "hint"), "est/factory");

    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.body().length()).isZero();
    assertThat(reply.headers().all("WWW-Authenticate"))
        .containsExactly("Basic realm=\"est/factory\", charset=\"UTF-8\"");
  }

  @ParameterizedTest
  @EnumSource(
      value = Refusal.Code.class,
      names = {"CREDENTIAL_MISSING", "CREDENTIAL_UNKNOWN"},
      mode = EnumSource.Mode.EXCLUDE)
  void everyOtherRefusalIsOneLineOfText(Refusal.Code code) {
    Reply reply = EstRefusals.reply(new Refusal(code, "what\r\nfoo", "hint"), "est");

    assertThat(reply.status()).isBetween(400, 599).isNotEqualTo(401);
    assertThat(reply.headers().first("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(new String(reply.body().toByteArray(), StandardCharsets.UTF_8))
        .isEqualTo("what foo: hint (" + code.id() + ")\n");
    assertThat(reply.headers().first("WWW-Authenticate")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Refusal.Code.class,
      names = {"RATE_LIMITED", "LEDGER_UNAVAILABLE"})
  void whatPassesWithTimeSaysWhenToComeBack(Refusal.Code code) {
    Reply reply = EstRefusals.reply(new Refusal(code, "what", "hint"), "est");

    assertThat(reply.headers().first("Retry-After"))
        .hasValueSatisfying(value -> assertThat(value).matches("[1-9][0-9]*"));
  }
}
