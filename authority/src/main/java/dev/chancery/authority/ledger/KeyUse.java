package dev.chancery.authority.ledger;

/// What a key has been certified for, seen from some names.
public enum KeyUse {
  /// Nothing.
  NEVER_CERTIFIED,
  /// These names, or others whose certificates have all been revoked.
  FREE_FOR_THESE_NAMES,
  /// This server itself.
  SERVERS_OWN,
  /// Other names.
  OF_OTHER_NAMES,
  /// Whatever it was: a certificate for it has been revoked because somebody else has the key.
  COMPROMISED
}
