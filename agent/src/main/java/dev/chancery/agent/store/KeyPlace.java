package dev.chancery.agent.store;

import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.security.PrivateKey;
import java.util.Optional;

/// Where private keys of one certificate live: files or a PKCS#11 token.
interface KeyPlace {
  /// The key that waits for its certificate, if one does.
  Optional<FreshKey> waiting() throws IOException;

  /// Makes the key that waits from now on, in place of one that did.
  ///
  /// @param version that the key is for
  FreshKey make(KeyType type, long version) throws IOException;

  /// Nothing waits any more: the key has its certificate, or is not needed.
  ///
  /// @param used true if it is part of a version now
  void settle(boolean used) throws IOException;

  /// The key of that name in the token; empty where there is none, or no token.
  Optional<PrivateKey> find(String alias) throws IOException;

  /// Deletes the key of that name from the token.
  void forget(String alias) throws IOException;
}
