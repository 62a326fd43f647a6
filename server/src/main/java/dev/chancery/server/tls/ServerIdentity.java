package dev.chancery.server.tls;

import dev.chancery.pki.certificate.Certificate;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// The server's TLS key with its certificate and what clients need to validate it.
///
/// @param alias tells this identity from earlier ones
/// @param chain leaf first, without the root
record ServerIdentity(String alias, PrivateKey key, List<Certificate> chain) {
  ServerIdentity {
    chain = List.copyOf(chain);
  }

  Certificate leaf() {
    return chain.getFirst();
  }

  List<X509Certificate> x509Chain() {
    return chain.stream().map(Certificate::toX509).toList();
  }

  /// Keys stay out of logs.
  @Override
  public String toString() {
    return "ServerIdentity[" + leaf() + "]";
  }
}
