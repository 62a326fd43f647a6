package dev.chancery.ledger;

import dev.chancery.authority.ledger.Collected;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Which certificates somebody is known to have. A table of its own, since to add a short row is
/// cheaper than to write a certificate's row again.
final class CollectionTable {
  /// What holds of a certificate `c` that nobody is known to have.
  static final String UNCOLLECTED =
      "NOT EXISTS (SELECT 1 FROM collected g WHERE g.serial = c.serial AND g.issuer = c.issuer)"
          + " AND NOT EXISTS (SELECT 1 FROM certificates s WHERE s.replaces = c.serial"
          + " AND s.issuer = c.issuer)"
          + " AND c.id > COALESCE((SELECT CAST(f.value AS BIGINT) FROM facts f"
          + " WHERE f.name = 'collected-after'), 0)";

  private CollectionTable() {}

  static Write add(List<Collected> certificates, Instant at) {
    List<Object[]> rows =
        certificates.stream()
            .distinct()
            .map(one -> new Object[] {at.toEpochMilli(), one.issuer(), one.serial()})
            .toList();
    return (session, _) -> {
      session.updateAll(
          "INSERT INTO collected (serial, issuer, not_after, collected_at)"
              + " SELECT c.serial, c.issuer, c.not_after, CAST(? AS BIGINT)"
              + session.dialect().expiryBySerial()
              + " ON CONFLICT DO NOTHING",
          rows);
      return Optional.empty();
    };
  }

  static boolean contains(Session session, String issuer, String serial) throws SQLException {
    return !session.exists(
        "SELECT 1" + session.dialect().certificateBySerial() + " AND " + UNCOLLECTED,
        issuer,
        serial);
  }

  /// Forgets those whose certificates may have been dropped.
  static void forget(Session session, Instant expiredBefore) throws SQLException {
    int _ =
        session.update("DELETE FROM collected WHERE not_after < ?", expiredBefore.toEpochMilli());
    session.commit();
  }
}
