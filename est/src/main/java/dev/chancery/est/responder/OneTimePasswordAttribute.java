package dev.chancery.est.responder;

/// What an endpoint makes of otpChallenge (RFC 7894 §3.1).
public enum OneTimePasswordAttribute {
  /// It is a credential, `ID:SECRET`, and authenticates like one that is sent with HTTP Basic. Such
  /// an endpoint reads requests before it knows who sends them.
  ACCEPTED,
  /// A request that has one is refused.
  REFUSED
}
