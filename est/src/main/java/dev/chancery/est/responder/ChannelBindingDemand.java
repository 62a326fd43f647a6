package dev.chancery.est.responder;

/// Whether requests at an endpoint must be linked to their TLS connection (RFC 7030 §3.5). Either
/// way a link that is present is verified (EST-241).
public enum ChannelBindingDemand {
  OPTIONAL,
  REQUIRED
}
