package dev.chancery.est.responder;

import dev.chancery.pki.cms.KeyEncryptionKey;
import java.util.List;

/// Whether an endpoint makes keys for those who ask (`/serverkeygen`, RFC 7030 §4.4).
public sealed interface ServerKeyOffer {
  /// It does not.
  record Off() implements ServerKeyOffer {}

  /// It does. A request that asks for encryption gets it or is refused.
  ///
  /// @param sharedKeys the keys that a request may name by DecryptKeyIdentifier, each identifier
  ///   once
  record Offered(Encryption encryption, List<KeyEncryptionKey> sharedKeys)
      implements ServerKeyOffer {
    public Offered {
      sharedKeys = List.copyOf(sharedKeys);
      long identifiers = sharedKeys.stream().map(KeyEncryptionKey::identifier).distinct().count();
      if (identifiers != sharedKeys.size()) {
        throw new IllegalArgumentException("two shared keys have the same identifier");
      }
    }
  }

  /// Whether a request must say how its key shall be encrypted beside TLS.
  enum Encryption {
    OPTIONAL,
    REQUIRED
  }
}
