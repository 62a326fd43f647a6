package dev.chancery.ledger;

import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.PublishedList;
import dev.chancery.authority.ledger.RevokedCertificate;
import dev.chancery.pki.Der;
import dev.chancery.pki.certificate.SerialNumber;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// What was revoked, and the CRL of each issuer that says so.
final class RevocationTable {
  private static final String PUBLISH =
      "INSERT INTO revocation_lists (issuer, number, this_update, next_update, revoked, list)"
          + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issuer) DO UPDATE SET"
          + " number = excluded.number, this_update = excluded.this_update,"
          + " next_update = excluded.next_update, revoked = excluded.revoked, list = excluded.list"
          + " WHERE revocation_lists.number < excluded.number";

  /// By the index `certificates_revoked`, which holds all of it: never the rows, which lie all over
  /// the table.
  static final String PAGE =
      "SELECT serial, revoked_at, revocation_reason FROM certificates"
          + " WHERE issuer = ? AND revoked_at IS NOT NULL AND serial > ? AND not_after > ?"
          + " ORDER BY serial LIMIT ?";

  static final String COUNT =
      "SELECT COUNT(*) FROM certificates WHERE issuer = ? AND revoked_at IS NOT NULL";

  /// A revoked certificate with its place in the order of reading.
  record Row(String serial, RevokedCertificate certificate) {}

  private RevocationTable() {}

  static Write publish(PublishedList list) {
    return (session, _) ->
        Write.unlessChanged(
            session.update(
                PUBLISH,
                list.issuer(),
                list.number(),
                list.thisUpdate().toEpochMilli(),
                list.nextUpdate().toEpochMilli(),
                list.revoked(),
                list.list().toByteArray()),
            Conflict.LIST_SUPERSEDED);
  }

  static Optional<PublishedList> after(Session session, String issuer, long number)
      throws SQLException {
    return session.first(
        row ->
            new PublishedList(
                issuer,
                row.getLong(1),
                Instant.ofEpochMilli(row.getLong(2)),
                Instant.ofEpochMilli(row.getLong(3)),
                row.getLong(4),
                Der.of(row.getBytes(5))),
        "SELECT number, this_update, next_update, revoked, list FROM revocation_lists"
            + " WHERE issuer = ? AND number > ?",
        issuer,
        number);
  }

  static long count(Session session, String issuer) throws SQLException {
    return session.first(row -> row.getLong(1), COUNT, issuer).orElseThrow();
  }

  /// A page in the order of the serial numbers, after `serial`.
  static List<Row> page(Session session, String issuer, String serial, Instant at, int limit)
      throws SQLException {
    return session.list(
        row ->
            new Row(
                row.getString(1),
                new RevokedCertificate(
                    SerialNumber.parse(row.getString(1)),
                    Instant.ofEpochMilli(row.getLong(2)),
                    Objects.requireNonNullElse(row.getString(3), "unspecified"))),
        PAGE,
        issuer,
        serial,
        at.toEpochMilli(),
        limit);
  }
}
