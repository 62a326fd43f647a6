package dev.chancery.authority.relay;

import dev.chancery.authority.Refusal;

/// What became of a request at an endpoint with another server behind it.
public sealed interface Relayed {
  /// It was passed on, and this is the answer.
  record Answered(Upstream.Answer answer) implements Relayed {}

  /// It was not passed on, or there is no answer; audited.
  record Refused(Refusal refusal) implements Relayed {}
}
