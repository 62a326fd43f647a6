package dev.chancery.agent.enrollment;

import dev.chancery.pki.certificate.Certificate;
import java.security.PrivateKey;
import java.util.List;

/// How the agent shows a server who it is.
public sealed interface Proof {
  /// A credential.
  record Credential(String id, String secret) implements Proof {
    /// Secrets stay out of logs.
    @Override
    public String toString() {
      return "Credential[" + id + "]";
    }
  }

  /// A certificate and its key.
  ///
  /// @param chain leaf first
  record Holder(PrivateKey key, List<Certificate> chain) implements Proof {
    public Holder {
      chain = List.copyOf(chain);
    }

    @Override
    public String toString() {
      return "Holder[" + chain.getFirst() + "]";
    }
  }
}
