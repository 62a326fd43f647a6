package dev.chancery.est.client;

/// Where redirects may lead (RFC 7030 §3.2.1, EST-267). Always to `https` only, at most five times,
/// with every check of the server made anew.
public enum Redirects {
  /// Within the same host and port; to others only what asks for public things (CA certificates,
  /// CSR attributes).
  SAME_ORIGIN,
  /// Requests for certificates too, but the credential's secret stays with the configured server.
  OTHER_ORIGINS,
  /// Anywhere, with the credential.
  OTHER_ORIGINS_WITH_CREDENTIAL
}
