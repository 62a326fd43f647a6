package dev.chancery.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.ledger.PendingRecord;
import dev.chancery.authority.ledger.PendingRecord.State;
import dev.chancery.pki.Der;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Requests that wait for a decision. One row per request digest.
final class PendingTable {
  private static final String WAITING = "waiting";
  private static final String APPROVED = "approved";
  private static final String DENIED = "denied";
  private static final String DONE = "done";

  private static final String INSERT =
      "INSERT INTO pending (ticket, digest, endpoint, requester, profile, names, key_sha256,"
          + " key_type, created_at, state, decided_at, decided_by, denial_reason, issuer, serial,"
          + " exchange, sealed_request)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

  /// A state as it stands in columns.
  private record StateColumns(
      String state,
      Optional<Long> decidedAt,
      Optional<String> decidedBy,
      Optional<String> denialReason,
      Optional<String> issuer,
      Optional<String> serial) {
    static StateColumns of(State state) {
      return switch (state) {
        case State.Waiting() -> decided(WAITING, Optional.empty(), Optional.empty());
        case State.Approved(Instant at, String by) ->
            decided(APPROVED, Optional.of(at.toEpochMilli()), Optional.of(by));
        case State.Denied(Instant at, String by, String reason) ->
            new StateColumns(
                DENIED,
                Optional.of(at.toEpochMilli()),
                Optional.of(by),
                Optional.of(reason),
                Optional.empty(),
                Optional.empty());
        case State.Done(String issuer, String serial) ->
            new StateColumns(
                DONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(issuer),
                Optional.of(serial));
      };
    }

    private static StateColumns decided(String state, Optional<Long> at, Optional<String> by) {
      return new StateColumns(state, at, by, Optional.empty(), Optional.empty(), Optional.empty());
    }
  }

  private PendingTable() {}

  static Write add(PendingRecord record) {
    StateColumns state = StateColumns.of(record.state());
    byte[] names = Columns.names(record.names());
    return (session, _) -> {
      session.update(
          "DELETE FROM pending WHERE digest = ? AND state = '" + DONE + "'", record.digest());
      return Write.unlessChanged(
          session.update(
              INSERT,
              record.ticket().value(),
              record.digest(),
              record.endpoint(),
              record.requester(),
              record.profile(),
              names,
              record.keySha256(),
              record.keyType(),
              record.createdAt().toEpochMilli(),
              state.state(),
              state.decidedAt(),
              state.decidedBy(),
              state.denialReason(),
              state.issuer(),
              state.serial(),
              record.exchange().map(PendingRecord.Kept::name),
              record.exchange().map(kept -> kept.sealedRequest().toByteArray())),
          Conflict.REQUEST_PENDING);
    };
  }

  static Write move(Change.MovePending move) {
    Optional<String> expected =
        switch (move.next()) {
          case State.Waiting() -> Optional.empty();
          case State.Approved _, State.Denied _ -> Optional.of(WAITING);
          case State.Done _ -> Optional.of(APPROVED);
        };
    if (expected.isEmpty()) {
      return (_, _) -> Optional.of(Conflict.TICKET_SETTLED);
    }
    StateColumns state = StateColumns.of(move.next());
    return (session, _) ->
        Write.unlessChanged(
            session.update(
                "UPDATE pending SET state = ?, decided_at = COALESCE(?, decided_at),"
                    + " decided_by = COALESCE(?, decided_by), denial_reason = ?, issuer = ?,"
                    + " serial = ? WHERE ticket = ? AND state = ?",
                state.state(),
                state.decidedAt(),
                state.decidedBy(),
                state.denialReason(),
                state.issuer(),
                state.serial(),
                move.ticket().value(),
                expected.get()),
            Conflict.TICKET_SETTLED);
  }

  static Optional<PendingRecord> find(Session session, Ticket ticket) throws SQLException {
    return session.first(
        PendingTable::read, "SELECT * FROM pending WHERE ticket = ?", ticket.value());
  }

  static Optional<PendingRecord> withDigest(Session session, String digest) throws SQLException {
    return session.first(PendingTable::read, "SELECT * FROM pending WHERE digest = ?", digest);
  }

  static Optional<PendingRecord> inExchange(Session session, String name) throws SQLException {
    return session.first(
        PendingTable::read,
        "SELECT * FROM pending WHERE exchange = ? ORDER BY number DESC LIMIT 1",
        name);
  }

  static List<PendingRecord> newest(Session session, int limit) throws SQLException {
    return session.list(
        PendingTable::read, "SELECT * FROM pending ORDER BY number DESC LIMIT ?", limit);
  }

  static int waiting(Session session, String endpoint, Optional<String> requester)
      throws SQLException {
    String all = "SELECT COUNT(*) FROM pending WHERE endpoint = ? AND state = '" + WAITING + "'";
    return (requester.isEmpty()
            ? session.first(row -> row.getInt(1), all, endpoint)
            : session.first(
                row -> row.getInt(1), all + " AND requester = ?", endpoint, requester.get()))
        .orElseThrow();
  }

  private static PendingRecord read(ResultSet row) throws SQLException {
    return new PendingRecord(
        new Ticket(row.getString("ticket")),
        row.getString("digest"),
        row.getString("endpoint"),
        row.getString("requester"),
        row.getString("profile"),
        Columns.parseNames(row.getBytes("names")),
        row.getString("key_sha256"),
        row.getString("key_type"),
        Columns.instant(row, "created_at"),
        state(row),
        kept(row));
  }

  private static Optional<PendingRecord.Kept> kept(ResultSet row) throws SQLException {
    String name = row.getString("exchange");
    return name == null
        ? Optional.empty()
        : Optional.of(new PendingRecord.Kept(name, Der.of(row.getBytes("sealed_request"))));
  }

  private static State state(ResultSet row) throws SQLException {
    String state = row.getString("state");
    return switch (state) {
      case WAITING -> new State.Waiting();
      case APPROVED ->
          new State.Approved(Columns.instant(row, "decided_at"), row.getString("decided_by"));
      case DENIED ->
          new State.Denied(
              Columns.instant(row, "decided_at"),
              row.getString("decided_by"),
              row.getString("denial_reason"));
      case DONE -> new State.Done(row.getString("issuer"), row.getString("serial"));
      default -> throw new SQLException("a pending request is in the unknown state " + state);
    };
  }
}
