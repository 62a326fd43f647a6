package dev.chancery.est.client;

/// How a credential is shown over HTTP (RFC 7030 §3.2.3). The choice is the client's: a server
/// cannot talk it into a weaker one.
public enum HttpScheme {
  /// RFC 7617, with the first request: the handshake has authenticated the server before it.
  BASIC,
  /// RFC 7616 with SHA-256 or SHA-512/256, after the server's challenge. The secret itself is never
  /// sent.
  DIGEST,
  /// As [#DIGEST], and with MD5 for servers that have nothing else.
  DIGEST_MD5
}
