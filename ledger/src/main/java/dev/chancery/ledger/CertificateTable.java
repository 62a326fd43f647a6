package dev.chancery.ledger;

import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.Issuance;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/// Issued certificates. Rows are never deleted, except by [Database#maintain].
final class CertificateTable {
  static final String COLUMNS =
      "c.certificate, c.issuer, c.profile, c.endpoint, c.requester, c.request_id, c.issued_at,"
          + " c.replaces, c.revoked_at, c.revocation_reason";

  private static final String SELECT =
      "SELECT " + COLUMNS + " FROM certificates c WHERE c.issuer = ? AND c.serial = ?";

  private static final String INSERTED =
      "issuer, serial, certificate, profile, endpoint, requester, request_id, issued_at, not_after,"
          + " replaces, revoked_at, revocation_reason, key_hash, names_hash, subject_text,"
          + " alternatives_text, requester_text, audit_sequence, audit_node";

  /// What the port promises.
  private static final int MOST_NAMED = 10;

  private CertificateTable() {}

  static Write store(CertificateRecord record) {
    Certificate certificate = record.certificate();
    Object[] parameters = {
      record.issuer(),
      certificate.serialNumber().toString(),
      certificate.der().toByteArray(),
      record.profile(),
      record.endpoint(),
      record.requester(),
      record.requestId(),
      record.issuedAt().toEpochMilli(),
      certificate.notAfter().toEpochMilli(),
      record.replaces(),
      record.revocation().map(revocation -> revocation.at().toEpochMilli()),
      record.revocation().map(CertificateRecord.Revocation::reason),
      Columns.hash64(certificate.subjectPublicKeyInfo().sha256Hex()),
      Columns.hash64(certificate.names().canonical()),
      searchText(certificate.subject().toString()),
      searchText(
          certificate.names().alternatives().stream()
              .map(Object::toString)
              .collect(Collectors.joining("\n"))),
      searchText(record.requester()),
      0L,
      ""
    };
    return new Storing(parameters);
  }

  private static final class Storing implements Write.Single {
    /// Of the columns [#INSERTED]; the last two are known when it is the row's turn.
    private final Object[] values;

    Storing(Object[] values) {
      this.values = values;
    }

    @Override
    public String sql(Dialect dialect) {
      return dialect.insertCertificate(INSERTED);
    }

    @Override
    public Object[] parameters(Session session, long auditSequence) {
      values[values.length - 2] = auditSequence;
      values[values.length - 1] = session.node();
      return switch (session.dialect()) {
        case SQLITE -> values;
        case POSTGRESQL -> {
          // Issuer, serial number and expiry go into a table of their own first.
          Object[] both = new Object[values.length + 3];
          both[0] = values[0];
          both[1] = values[1];
          both[2] = values[8];
          System.arraycopy(values, 0, both, 3, values.length);
          yield both;
        }
      };
    }

    @Override
    public Conflict conflict() {
      return Conflict.SERIAL_EXISTS;
    }
  }

  /// The form in which texts are stored for searching, and in which they are searched for.
  static String searchText(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static Write revoke(Change.RevokeCertificate revoke) {
    return (session, _) -> {
      Optional<Conflict> conflict =
          Write.unlessChanged(
              session.update(
                  "UPDATE certificates SET revoked_at = ?, revocation_reason = ?"
                      + " WHERE issuer = ? AND serial = ? AND revoked_at IS NULL",
                  revoke.revocation().at().toEpochMilli(),
                  revoke.revocation().reason(),
                  revoke.issuer(),
                  revoke.serial()),
              Conflict.CERTIFICATE_UNKNOWN);
      if (conflict.isEmpty()) {
        KeyTable.revoked(session, revoke);
      }
      return conflict;
    };
  }

  static Optional<CertificateRecord> find(Session session, String issuer, String serial)
      throws SQLException {
    return switch (session.dialect()) {
      case SQLITE -> session.first(CertificateTable::read, SELECT, issuer, serial);
      case POSTGRESQL -> {
        // Two looks are cheaper than one that might go into any month.
        Optional<Long> notAfter =
            session.first(
                row -> row.getLong(1),
                "SELECT c.not_after" + session.dialect().expiryBySerial(),
                issuer,
                serial);
        yield notAfter.isEmpty() ? Optional.empty() : find(session, issuer, serial, notAfter.get());
      }
    };
  }

  /// The same for one of which the expiry is known, in epoch milliseconds: on PostgreSQL that is
  /// the month in which it lies.
  static Optional<CertificateRecord> find(
      Session session, String issuer, String serial, long notAfter) throws SQLException {
    return session.first(
        CertificateTable::read, SELECT + " AND c.not_after = ?", issuer, serial, notAfter);
  }

  static boolean isReplaced(Session session, String issuer, String serial) throws SQLException {
    String name = Generation.issuerOf(issuer);
    return session.exists(
        "SELECT 1 FROM certificates WHERE replaces = ? AND (issuer = ? OR issuer LIKE ?)",
        serial,
        name,
        name + ".%");
  }

  static List<CertificateRecord> named(
      Session session, String issuer, String canonicalNames, Instant at) throws SQLException {
    String name = Generation.issuerOf(issuer);
    return session.matching(
        MOST_NAMED,
        row ->
            Optional.of(read(row))
                .filter(found -> found.certificate().names().canonical().equals(canonicalNames)),
        "SELECT "
            + COLUMNS
            + " FROM certificates c WHERE c.names_hash = ?"
            + " AND (c.issuer = ? OR c.issuer LIKE ?)"
            + " AND c.revoked_at IS NULL AND c.not_after > ? ORDER BY c.id DESC",
        Columns.hash64(canonicalNames),
        name,
        name + ".%",
        at.toEpochMilli());
  }

  static long count(Session session) throws SQLException {
    return session
        .first(
            row -> row.getLong(1),
            "SELECT " + session.dialect().certificateCount() + " FROM certificates")
        .orElseThrow();
  }

  /// In the order in which the node stored them: it numbers rows and entries alike.
  static List<Issuance> issuances(Session session, String node, long afterPosition, int limit)
      throws SQLException {
    return session.list(
        row -> new Issuance(row.getLong(1), row.getString(2), row.getString(3), row.getLong(4)),
        "SELECT id, issuer, serial, audit_sequence FROM certificates WHERE audit_node = ?"
            + " AND id > ? ORDER BY id LIMIT ?",
        node,
        afterPosition,
        limit);
  }

  /// Reads the columns of [#COLUMNS].
  static CertificateRecord read(ResultSet row) throws SQLException {
    // By position: to find a column by its name, the driver asks SQLite for the names of all.
    long revokedAt = row.getLong(9);
    Optional<CertificateRecord.Revocation> revocation =
        row.wasNull()
            ? Optional.empty()
            : Optional.of(
                new CertificateRecord.Revocation(
                    Instant.ofEpochMilli(revokedAt),
                    Objects.requireNonNullElse(row.getString(10), "unspecified")));
    return new CertificateRecord(
        Certificate.parse(row.getBytes(1)),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        Instant.ofEpochMilli(row.getLong(7)),
        Optional.ofNullable(row.getString(8)),
        revocation);
  }
}
