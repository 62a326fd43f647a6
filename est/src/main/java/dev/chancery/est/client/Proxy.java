package dev.chancery.est.client;

import java.util.Optional;

/// A proxy between client and server. TLS goes through it to the EST server, so that it changes
/// nothing about who is trusted; one that ends TLS itself shows as a server that is not to be
/// trusted (EST-269).
public sealed interface Proxy {
  /// Who the client is to the proxy; has nothing to do with the EST server's credential.
  record Login(String user, String password) {
    public Login {
      if (user.isEmpty() || user.length() > 255 || password.length() > 255) {
        throw new IllegalArgumentException("a proxy's user has between 1 and 255 characters");
      }
    }

    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }

  /// Where it listens.
  String host();

  /// Where it listens.
  int port();

  /// Who the client is to it.
  Optional<Login> login();

  /// An HTTP proxy, by CONNECT (RFC 9110 §9.3.6). Shows its login by Basic or Digest, when asked.
  record HttpConnect(String host, int port, Optional<Login> login) implements Proxy {}

  /// A SOCKS proxy (RFC 1928), with a user name and password (RFC 1929) if there is a login. The
  /// proxy resolves the server's name.
  record Socks5(String host, int port, Optional<Login> login) implements Proxy {}
}
