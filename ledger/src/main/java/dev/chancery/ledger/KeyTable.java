package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.KeyUse;
import java.sql.SQLException;
import java.util.Optional;

/// Whose a key is. Found by the first 64 bits of a hash alone: should two keys ever share them, the
/// later one is refused and its owner makes another.
final class KeyTable {
  private static final String CLAIM_NEW =
      "INSERT INTO certified_keys (key_hash, names_hash) VALUES (?, ?) ON CONFLICT DO NOTHING";

  /// One winner, since the condition and the taking are one statement.
  private static final String CLAIM =
      "INSERT INTO certified_keys (key_hash, names_hash) VALUES (?, ?)"
          + " ON CONFLICT (key_hash) DO UPDATE SET names_hash = excluded.names_hash"
          + " WHERE certified_keys.compromised_at IS NULL AND (certified_keys.names_hash IS NULL"
          + " OR certified_keys.names_hash = excluded.names_hash";

  /// In place of the hash of names.
  private static final long SERVERS_OWN = 0;

  private static final String OF_CERTIFICATE = " FROM certificates WHERE issuer = ? AND serial = ?";

  private record Row(Optional<Long> names, boolean compromised) {}

  private KeyTable() {}

  static Write claim(Change.ClaimKey claim) {
    long key = Columns.hash64(claim.keySha256());
    long names = Columns.hash64(claim.canonicalNames());
    return switch (claim.claim()) {
      case NEW -> new PlainStatement(CLAIM_NEW, Conflict.KEY_TAKEN, key, names);
      case SERVERS_OWN -> new PlainStatement(CLAIM_NEW, Conflict.KEY_TAKEN, key, SERVERS_OWN);
      case SAME_NAMES -> new PlainStatement(CLAIM + ")", Conflict.KEY_TAKEN, key, names);
      case ANY_NAMES ->
          new PlainStatement(
              CLAIM + " OR certified_keys.names_hash <> " + SERVERS_OWN + ")",
              Conflict.KEY_TAKEN,
              key,
              names);
    };
  }

  static KeyUse useOf(Session session, String keySha256, String canonicalNames)
      throws SQLException {
    Optional<Row> found =
        session.first(
            row -> {
              long names = row.getLong(1);
              Optional<Long> owner = row.wasNull() ? Optional.empty() : Optional.of(names);
              long _ = row.getLong(2);
              return new Row(owner, !row.wasNull());
            },
            "SELECT names_hash, compromised_at FROM certified_keys WHERE key_hash = ?",
            Columns.hash64(keySha256));
    if (found.isEmpty()) {
      return KeyUse.NEVER_CERTIFIED;
    }
    Row row = found.get();
    if (row.compromised()) {
      return KeyUse.COMPROMISED;
    }
    if (row.names().filter(names -> names == SERVERS_OWN).isPresent()) {
      return KeyUse.SERVERS_OWN;
    }
    return row.names().isEmpty() || row.names().get() == Columns.hash64(canonicalNames)
        ? KeyUse.FREE_FOR_THESE_NAMES
        : KeyUse.OF_OTHER_NAMES;
  }

  /// What the revocation of a certificate means for its key.
  static void revoked(Session session, Change.RevokeCertificate revoke) throws SQLException {
    long at = revoke.revocation().at().toEpochMilli();
    if (revoke.revocation().reason().equals("keyCompromise")) {
      session.update(
          "UPDATE certified_keys SET compromised_at = COALESCE(compromised_at, ?)"
              + " WHERE key_hash = (SELECT key_hash"
              + OF_CERTIFICATE
              + ")",
          at,
          revoke.issuer(),
          revoke.serial());
      return;
    }
    session.update(
        "UPDATE certified_keys SET names_hash = NULL WHERE key_hash = (SELECT key_hash"
            + OF_CERTIFICATE
            + ") AND names_hash = (SELECT names_hash"
            + OF_CERTIFICATE
            + ") AND NOT EXISTS (SELECT 1 FROM certificates other WHERE other.names_hash ="
            + " certified_keys.names_hash AND other.key_hash = certified_keys.key_hash"
            + " AND other.revoked_at IS NULL AND other.not_after > ?)",
        revoke.issuer(),
        revoke.serial(),
        revoke.issuer(),
        revoke.serial(),
        at);
  }
}
