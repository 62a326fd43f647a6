package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Which certificate a request was answered with, for as long as it may come again.
final class AnswerTable {
  /// An answer that nobody has been given before.
  static final String STORE =
      "INSERT INTO answers (digest_hash, digest, issuer, serial, remembered_until)"
          + " VALUES (?, ?, ?, ?, ?)";

  /// Takes the place of an answer that is no longer remembered. Should two digests ever share a
  /// hash, the later request is refused as if it had crossed another one.
  private static final String REMEMBER =
      STORE
          + " ON CONFLICT (digest_hash) DO UPDATE SET"
          + " digest = excluded.digest, issuer = excluded.issuer, serial = excluded.serial,"
          + " remembered_until = excluded.remembered_until WHERE answers.remembered_until < ?";

  private static final int FORGOTTEN_AT_A_TIME = 5_000;

  private record Answer(String issuer, String serial) {}

  private AnswerTable() {}

  static Write remember(Change.RememberAnswer answer) {
    long hash = Columns.hash64(answer.digest());
    long at = answer.at().toEpochMilli();
    long until = answer.at().plus(answer.lifetime()).toEpochMilli();
    return new PlainStatement(
        REMEMBER,
        Conflict.REQUEST_ANSWERED,
        hash,
        answer.digest(),
        answer.issuer(),
        answer.serial(),
        until,
        at);
  }

  static Optional<CertificateRecord> find(Session session, String digest, Instant at)
      throws SQLException {
    Optional<Answer> answer =
        session.first(
            row -> new Answer(row.getString(1), row.getString(2)),
            "SELECT issuer, serial FROM answers"
                + " WHERE digest_hash = ? AND digest = ? AND remembered_until >= ?",
            Columns.hash64(digest),
            digest,
            at.toEpochMilli());
    return answer.isEmpty()
        ? Optional.empty()
        : CertificateTable.find(session, answer.get().issuer(), answer.get().serial());
  }

  /// Removes what is no longer remembered, some at a time.
  ///
  /// @param session one that does not commit of itself
  static void forget(Session session, Instant at) throws SQLException {
    int removed;
    do {
      removed =
          session.update(
              "DELETE FROM answers WHERE digest_hash IN (SELECT digest_hash FROM answers"
                  + " WHERE remembered_until < ? LIMIT ?)",
              at.toEpochMilli(),
              FORGOTTEN_AT_A_TIME);
      session.commit();
    } while (removed == FORGOTTEN_AT_A_TIME);
  }
}
