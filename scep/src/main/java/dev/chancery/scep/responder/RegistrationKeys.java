package dev.chancery.scep.responder;

import dev.chancery.pki.cms.MessageKey;
import java.util.List;
import java.util.Optional;

/// The RSA keys with which one endpoint opens requests and signs replies: those of its registration
/// authority, never the CA's. Implementations are thread-safe; each call sees the newest.
public interface RegistrationKeys {
  /// The key that GetCACert shows first, then those that are being retired and that of the next CA:
  /// messages that were sealed for them open too.
  List<MessageKey> keys();

  /// The one that GetNextCACert shows, if a next CA is announced.
  Optional<MessageKey> next();

  /// The generation of the endpoint's issuer that a key belongs to
  /// ([dev.chancery.authority.rollover.Generation#id()]).
  String generationOf(MessageKey key);

  /// The one that is shown.
  default MessageKey current() {
    return keys().getFirst();
  }

  /// The key that signs replies to messages that `opening` opens: itself, or the other half of a
  /// pair (SCEP-152).
  default MessageKey signing(MessageKey opening) {
    return opening;
  }
}
