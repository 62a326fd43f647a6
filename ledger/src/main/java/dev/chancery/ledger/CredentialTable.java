package dev.chancery.ledger;

import dev.chancery.authority.credential.Binding;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.credential.CredentialRecord.EntitledNames;
import dev.chancery.authority.credential.Network;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Credentials, and how many uses each has left.
final class CredentialTable {
  private static final String INSERT =
      "INSERT INTO credentials (id, sealed_secret, exact_names, subject_patterns,"
          + " alternative_patterns, profile, endpoints, uses, uses_left, key_sha256, created_at,"
          + " expires_at, revoked_at, devices, networks)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          + " ON CONFLICT (id) DO NOTHING";

  private CredentialTable() {}

  /// One winner per use, since the condition and the taking are one statement.
  static Write use(Change.UseCredential use) {
    return new PlainStatement(
        "UPDATE credentials SET uses_left = uses_left - 1"
            + " WHERE id = ? AND uses_left > 0 AND revoked_at IS NULL AND expires_at > ?",
        Conflict.CREDENTIAL_UNUSABLE,
        use.id(),
        use.at().toEpochMilli());
  }

  static Write revoke(Change.RevokeCredential revoke) {
    return (session, _) ->
        Write.unlessChanged(
            session.update(
                "UPDATE credentials SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                revoke.at().toEpochMilli(),
                revoke.id()),
            Conflict.CREDENTIAL_UNUSABLE);
  }

  static Write add(CredentialRecord record) {
    Optional<byte[]> exactly =
        record.names() instanceof EntitledNames.Exactly(var names)
            ? Optional.of(Columns.names(names))
            : Optional.empty();
    Optional<NameSpace> within =
        record.names() instanceof EntitledNames.Within(var space)
            ? Optional.of(space)
            : Optional.empty();
    Object[] parameters = {
      record.id(),
      record.sealedSecret().toByteArray(),
      exactly,
      within.map(NameSpace::subjects).map(Columns::lines),
      within.map(NameSpace::alternatives).map(Columns::lines),
      record.profile(),
      Columns.lines(record.endpoints()),
      record.uses(),
      record.usesLeft(),
      record.key(),
      record.createdAt().toEpochMilli(),
      record.expiresAt().toEpochMilli(),
      record.revokedAt().map(Instant::toEpochMilli),
      linesOrNull(record.binding().devices()),
      linesOrNull(record.binding().networks().stream().map(Network::text).toList())
    };
    return (session, _) ->
        Write.unlessChanged(session.update(INSERT, parameters), Conflict.CREDENTIAL_EXISTS);
  }

  private static Optional<String> linesOrNull(List<String> texts) {
    return texts.isEmpty() ? Optional.empty() : Optional.of(Columns.lines(texts));
  }

  static Optional<CredentialRecord> find(Session session, String id) throws SQLException {
    return session.first(CredentialTable::read, "SELECT * FROM credentials WHERE id = ?", id);
  }

  static List<CredentialRecord> newest(Session session, int limit) throws SQLException {
    return session.list(
        CredentialTable::read, "SELECT * FROM credentials ORDER BY number DESC LIMIT ?", limit);
  }

  private static CredentialRecord read(ResultSet row) throws SQLException {
    byte[] exactly = row.getBytes("exact_names");
    EntitledNames names =
        exactly == null
            ? new EntitledNames.Within(
                new NameSpace(
                    Columns.parseLines(row.getString("subject_patterns")),
                    Columns.parseLines(row.getString("alternative_patterns"))))
            : new EntitledNames.Exactly(Columns.parseNames(exactly));
    return new CredentialRecord(
        row.getString("id"),
        Columns.der(row, "sealed_secret"),
        names,
        row.getString("profile"),
        Columns.parseLines(row.getString("endpoints")),
        row.getInt("uses"),
        row.getInt("uses_left"),
        Columns.text(row, "key_sha256"),
        new Binding(
            Columns.text(row, "devices").map(Columns::parseLines).orElse(List.of()),
            Columns.text(row, "networks").map(Columns::parseLines).orElse(List.of()).stream()
                .map(Network::new)
                .toList()),
        Columns.instant(row, "created_at"),
        Columns.instant(row, "expires_at"),
        Columns.optionalInstant(row, "revoked_at"));
  }
}
