package dev.chancery.authority.ledger;

/// What a key may have been certified for before it is certified again.
public enum KeyClaim {
  /// For nothing: a new key is demanded.
  NEW,
  /// For nothing: it is a key of this server, and nobody shall get it certified from now on.
  SERVERS_OWN,
  /// For the same names, or for names whose certificates have all been revoked.
  SAME_NAMES,
  /// For any names: its holder has just proven to be the one of whom it was, or the operator allows
  /// keys that several identities share.
  ANY_NAMES
}
