package dev.chancery.est.client;

/// Whether requests are linked to their TLS connection (RFC 7030 §3.5).
public enum Linking {
  /// Never: for servers that take a challengePassword for something else.
  OFF,
  /// If the TLS stack can tell the binding.
  IF_POSSIBLE,
  /// Always; without a binding nothing is sent.
  REQUIRED
}
