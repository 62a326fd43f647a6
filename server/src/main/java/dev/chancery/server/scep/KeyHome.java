package dev.chancery.server.scep;

import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.MessageKey;
import java.security.PrivateKey;
import java.util.List;

/// Where the keys of one endpoint's registration authority are kept. Used by one thread at a time.
public sealed interface KeyHome permits FolderKeys, LedgerKeys {
  /// What keys are kept for.
  enum Kind {
    /// They open messages, and sign replies where nothing else does.
    OPENING,
    /// They sign replies only.
    SIGNING
  }

  /// The current key first, then others that open messages: older ones, and one that will be
  /// current soon. Empty if none is there, or none is sound.
  List<MessageKey> keys();

  /// Whether it is for this node to make a new key now.
  boolean mayRenew();

  /// Keeps a new key beside the current one, which it is to follow.
  void keep(Certificate certificate, PrivateKey key);
}
