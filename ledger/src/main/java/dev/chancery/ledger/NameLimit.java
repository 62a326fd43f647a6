package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// How many certificates there may be for the same names.
final class NameLimit {
  private static final String IN_USE =
      "SELECT COUNT(*) FROM certificates c WHERE c.names_hash = ? AND c.revoked_at IS NULL"
          + " AND c.not_after > ? AND c.serial <> ? AND NOT EXISTS (SELECT 1 FROM certificates s"
          + " WHERE s.replaces = c.serial AND s.issuer = c.issuer)";

  private static final String HOLD =
      "INSERT INTO limited_names (names_hash) VALUES (?)"
          + " ON CONFLICT (names_hash) DO UPDATE SET names_hash = excluded.names_hash";

  private NameLimit() {}

  static Write of(Change.LimitNames limit) {
    return (session, _) -> {
      if (session.dialect() == Dialect.POSTGRESQL) {
        if (!session.flush()) {
          // One of those before met a conflict: all of them are done again, one by one.
          return Optional.of(Conflict.NAMES_EXHAUSTED);
        }
        // Other writers do not see what is not committed yet. The next statement sees whatever was
        // stored under this lock, which is held until the end of the transaction. A row, since not
        // every database that speaks PostgreSQL's language has advisory locks.
        int _ = session.update(HOLD, Columns.hash64(limit.canonicalNames()));
      }
      return inUse(session, limit.canonicalNames(), limit.renewed(), limit.at()) < limit.most()
          ? Optional.empty()
          : Optional.of(Conflict.NAMES_EXHAUSTED);
    };
  }

  static int inUse(Session session, String canonicalNames, Optional<String> renewed, Instant at)
      throws SQLException {
    return session
        .first(
            row -> row.getInt(1),
            IN_USE,
            Columns.hash64(canonicalNames),
            at.toEpochMilli(),
            renewed.orElse(""))
        .orElseThrow();
  }
}
