package dev.chancery.est.client;

import dev.chancery.pki.certificate.Certificate;
import java.security.PrivateKey;
import java.util.List;

/// How the client shows who it is. Nothing of it is sent before the server has been authenticated.
public sealed interface ClientAuthentication {
  /// A credential, by HTTP Basic (RFC 7617).
  record Credential(String id, String secret) implements ClientAuthentication {
    public Credential {
      if (id.contains(":")) {
        throw new IllegalArgumentException("HTTP Basic has no user names with a colon");
      }
    }

    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "Credential[" + id + "]";
    }
  }

  /// A certificate and its key, in the TLS handshake.
  ///
  /// @param chain leaf first
  record Holder(PrivateKey key, List<Certificate> chain) implements ClientAuthentication {
    public Holder {
      chain = List.copyOf(chain);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("there is no certificate");
      }
    }

    @Override
    public String toString() {
      return "Holder[" + chain.getFirst() + "]";
    }
  }

  /// Both of them, where an endpoint demands it.
  record Both(Holder holder, Credential credential) implements ClientAuthentication {}
}
