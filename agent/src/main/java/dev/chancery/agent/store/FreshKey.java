package dev.chancery.agent.store;

import java.security.KeyPair;
import java.util.Optional;

/// A key that waits for its certificate. It is on disk, or in the token, before any server hears of
/// it, so that a certificate which was issued never lacks its key.
///
/// @param alias its name in the token, if it is in one
public record FreshKey(KeyPair keyPair, Optional<String> alias) {
  @Override
  public String toString() {
    return "FreshKey[" + keyPair.getPublic().getAlgorithm() + "]";
  }
}
