package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.certificate.Certificate;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The generations of the issuers. Their private keys are not here.
final class GenerationTable {
  /// Stands for no date where two dates are compared.
  private static final long NEVER = Long.MIN_VALUE;

  private GenerationTable() {}

  static Write add(Generation generation) {
    return new PlainStatement(
        "INSERT INTO generations (issuer, number, certificate, root, links, prepared_at,"
            + " announced_from, active_from, retired_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (issuer, number) DO NOTHING",
        Conflict.GENERATION_EXISTS,
        generation.issuer(),
        (long) generation.number(),
        generation.certificate().der().toByteArray(),
        generation.root().der().toByteArray(),
        generation.links().stream().map(Certificate::toPem).collect(Collectors.joining()),
        generation.preparedAt().toEpochMilli(),
        generation.announcedFrom().map(Instant::toEpochMilli),
        generation.activeFrom().map(Instant::toEpochMilli),
        generation.retiredFrom().map(Instant::toEpochMilli));
  }

  static Write move(Change.MoveGeneration move) {
    Generation from = move.from();
    Generation to = move.to();
    return new PlainStatement(
        "UPDATE generations SET announced_from = ?, active_from = ?, retired_from = ?"
            + " WHERE issuer = ? AND number = ? AND COALESCE(announced_from, ?) = ?"
            + " AND COALESCE(active_from, ?) = ? AND COALESCE(retired_from, ?) = ?",
        Conflict.GENERATION_CHANGED,
        to.announcedFrom().map(Instant::toEpochMilli),
        to.activeFrom().map(Instant::toEpochMilli),
        to.retiredFrom().map(Instant::toEpochMilli),
        from.issuer(),
        (long) from.number(),
        NEVER,
        orNever(from.announcedFrom()),
        NEVER,
        orNever(from.activeFrom()),
        NEVER,
        orNever(from.retiredFrom()));
  }

  private static long orNever(Optional<Instant> instant) {
    return instant.map(Instant::toEpochMilli).orElse(NEVER);
  }

  static List<Generation> all(Session session) throws SQLException {
    return session.list(GenerationTable::read, "SELECT * FROM generations ORDER BY issuer, number");
  }

  private static Generation read(ResultSet row) throws SQLException {
    String links = row.getString("links");
    return new Generation(
        row.getString("issuer"),
        row.getInt("number"),
        Certificate.parse(row.getBytes("certificate")),
        Certificate.parse(row.getBytes("root")),
        links.isEmpty() ? List.of() : Certificate.parsePem(links),
        Columns.instant(row, "prepared_at"),
        Columns.optionalInstant(row, "announced_from"),
        Columns.optionalInstant(row, "active_from"),
        Columns.optionalInstant(row, "retired_from"));
  }

  static Optional<Instant> lastExpiry(Session session, String issuer) throws SQLException {
    return session.first(
        row -> Instant.ofEpochMilli(row.getLong(1)),
        "SELECT not_after FROM certificates WHERE issuer = ? ORDER BY not_after DESC LIMIT 1",
        issuer);
  }
}
