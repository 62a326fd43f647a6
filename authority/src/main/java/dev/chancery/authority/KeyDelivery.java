package dev.chancery.authority;

import dev.chancery.pki.Der;
import dev.chancery.pki.cms.KeyEncipherment;
import dev.chancery.pki.cms.SmimeCapabilities;

/// How a key that is made here shall travel to the requester. What is asked for is done or refused;
/// nothing falls back to less.
public sealed interface KeyDelivery {
  /// Protected by the connection alone.
  record Clear() implements KeyDelivery {}

  /// Encrypted by a key that the requester and this server share.
  record BySharedKey(KeyEncipherment encipherment) implements KeyDelivery {}

  /// Encrypted for the key of a certificate that the requester has.
  ///
  /// @param keyIdentifier the certificate's subject key identifier
  /// @param capabilities the algorithms that the requester can decrypt with
  record ToCertificate(Der keyIdentifier, SmimeCapabilities capabilities) implements KeyDelivery {}
}
