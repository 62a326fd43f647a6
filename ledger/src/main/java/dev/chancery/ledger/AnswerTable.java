package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Which certificate a request was answered with, for as long as it may come again.
final class AnswerTable {
  private record Answer(long id, long rememberedUntil) {}

  private AnswerTable() {}

  static Write remember(Change.RememberAnswer answer) {
    long hash = Columns.hash64(answer.digest());
    long at = answer.at().toEpochMilli();
    long until = answer.at().plus(answer.lifetime()).toEpochMilli();
    return (session, _) -> {
      Optional<Answer> before =
          session.first(
              row -> new Answer(row.getLong(1), row.getLong(2)),
              "SELECT id, remembered_until FROM answers WHERE digest_hash = ? AND digest = ?",
              hash,
              answer.digest());
      if (before.isEmpty()) {
        session.update(
            "INSERT INTO answers (digest, digest_hash, issuer, serial, remembered_until)"
                + " VALUES (?, ?, ?, ?, ?)",
            answer.digest(),
            hash,
            answer.issuer(),
            answer.serial(),
            until);
        return Optional.empty();
      }
      if (at <= before.get().rememberedUntil()) {
        return Optional.of(Conflict.REQUEST_ANSWERED);
      }
      session.update(
          "UPDATE answers SET issuer = ?, serial = ?, remembered_until = ? WHERE id = ?",
          answer.issuer(),
          answer.serial(),
          until,
          before.get().id());
      return Optional.empty();
    };
  }

  static Optional<CertificateRecord> find(Session session, String digest, Instant at)
      throws SQLException {
    return session.first(
        CertificateTable::read,
        "SELECT "
            + CertificateTable.COLUMNS
            + " FROM answers a JOIN certificates c ON c.issuer = a.issuer AND c.serial = a.serial"
            + " WHERE a.digest_hash = ? AND a.digest = ? AND a.remembered_until >= ?",
        Columns.hash64(digest),
        digest,
        at.toEpochMilli());
  }
}
