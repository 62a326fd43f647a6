package dev.chancery.authority;

import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.key.KeyType;
import java.util.Optional;

/// Whether a key may be made now.
sealed interface KeyPermission {
  /// It may. Policy decides once more when the key is there.
  ///
  /// @param type what kind of key
  /// @param encipherment how it shall be encrypted, if it shall
  record Permitted(KeyType type, Optional<KeyEncipherment> encipherment) implements KeyPermission {}

  /// No key is needed for the answer.
  record Settled(ServerKeyOutcome outcome) implements KeyPermission {}
}
