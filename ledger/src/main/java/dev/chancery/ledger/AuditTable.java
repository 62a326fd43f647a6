package dev.chancery.ledger;

import dev.chancery.authority.audit.AuditEntry;
import dev.chancery.authority.audit.AuditEvent;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.ledger.UnreadableAuditEntryException;
import dev.chancery.pki.Der;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The audit chain and its signed checkpoints. Rows are only ever appended.
final class AuditTable {
  /// The chain's end: what the next link follows.
  record Tail(long sequence, String hash) {
    static final Tail NONE = new Tail(0, AuditEntry.GENESIS);

    static Tail of(AuditEntry entry) {
      return new Tail(entry.sequence(), entry.hash());
    }
  }

  private static final String INSERT =
      "INSERT INTO audit (sequence, at, action, request_id, actor, details, previous_hash, hash,"
          + " node) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

  private AuditTable() {}

  /// The end of the session's chain as it is stored, even if the rest of the last entry is not
  /// readable.
  static Tail tail(Session session) throws SQLException {
    return session
        .first(
            row -> new Tail(row.getLong(1), HexFormat.of().formatHex(row.getBytes(2))),
            "SELECT sequence, hash FROM audit WHERE node = ? ORDER BY sequence DESC LIMIT 1",
            session.node())
        .orElse(Tail.NONE);
  }

  /// Appends a link.
  ///
  /// @param details [Columns#details] of the event
  /// @param deferred whether it waits for [Session#flush]
  static Tail append(Session session, Tail tail, AuditEvent event, String details, boolean deferred)
      throws SQLException {
    AuditEntry entry = AuditEntry.link(tail.sequence() + 1, event, tail.hash());
    Object[] parameters = {
      entry.sequence(),
      event.at().toEpochMilli(),
      event.actionId(),
      event.requestId(),
      event.actor(),
      details,
      HexFormat.of().parseHex(entry.previousHash()),
      HexFormat.of().parseHex(entry.hash()),
      session.node()
    };
    if (deferred) {
      session.defer(INSERT, parameters);
    } else {
      int _ = session.update(INSERT, parameters);
    }
    return Tail.of(entry);
  }

  static Write add(Checkpoint checkpoint) {
    return (session, _) -> {
      session.update(
          "INSERT INTO audit_checkpoints (sequence, hash, at, signature, node)"
              + " VALUES (?, ?, ?, ?, ?)",
          checkpoint.sequence(),
          checkpoint.hash(),
          checkpoint.at().toEpochMilli(),
          checkpoint.signature().toByteArray(),
          checkpoint.node());
      return Optional.empty();
    };
  }

  static List<AuditEntry> newest(Session session, String node, int limit) throws SQLException {
    return session.list(
        AuditTable::read,
        "SELECT * FROM audit WHERE node = ? ORDER BY sequence DESC LIMIT ?",
        node,
        limit);
  }

  static Optional<AuditEntry> entry(Session session, String node, long sequence)
      throws SQLException {
    return session.first(
        AuditTable::read, "SELECT * FROM audit WHERE node = ? AND sequence = ?", node, sequence);
  }

  static long lastSequence(Session session, String node) throws SQLException {
    return session
        .first(
            row -> row.getLong(1),
            "SELECT sequence FROM audit WHERE node = ? ORDER BY sequence DESC LIMIT 1",
            node)
        .orElse(0L);
  }

  static List<Stored> between(Session session, String node, long from, long to, int limit)
      throws SQLException {
    return session.list(
        AuditTable::stored,
        "SELECT * FROM audit WHERE node = ? AND sequence >= ? AND sequence <= ?"
            + " ORDER BY sequence LIMIT ?",
        node,
        from,
        to,
        limit);
  }

  static List<Checkpoint> checkpoints(Session session) throws SQLException {
    return session.list(
        row ->
            new Checkpoint(
                row.getString("node"),
                row.getLong("sequence"),
                row.getString("hash"),
                Columns.instant(row, "at"),
                Columns.der(row, "signature")),
        "SELECT * FROM audit_checkpoints ORDER BY number");
  }

  private static AuditEntry read(ResultSet row) throws SQLException {
    return stored(row).entry();
  }

  private static Stored stored(ResultSet row) throws SQLException {
    return new Stored(
        row.getLong("sequence"),
        Columns.instant(row, "at"),
        row.getString("action"),
        row.getString("request_id"),
        row.getString("actor"),
        row.getString("details"),
        Der.of(row.getBytes("previous_hash")),
        Der.of(row.getBytes("hash")));
  }

  /// An entry as it stands in its row, whatever somebody may have put there.
  record Stored(
      long sequence,
      Instant at,
      String action,
      String requestId,
      String actor,
      String details,
      Der previousHash,
      Der hash) {
    /// @throws UnreadableAuditEntryException if it is none
    AuditEntry entry() {
      try {
        return new AuditEntry(
            sequence,
            AuditEvent.stored(at, action, requestId, actor, Columns.parseDetails(details)),
            HexFormat.of().formatHex(previousHash.toByteArray()),
            HexFormat.of().formatHex(hash.toByteArray()));
      } catch (IllegalArgumentException e) {
        // Details that are none.
        throw new UnreadableAuditEntryException(sequence, e);
      }
    }
  }
}
