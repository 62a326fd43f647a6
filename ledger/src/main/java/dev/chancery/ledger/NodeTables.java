package dev.chancery.ledger;

import dev.chancery.authority.ledger.SharedKey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the nodes on one ledger know of each other, and share.
final class NodeTables {
  private NodeTables() {}

  static Write register(String node, Instant at) {
    return (session, _) -> {
      session.update(
          "INSERT INTO nodes (name, registered_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
          node,
          at.toEpochMilli());
      return Optional.empty();
    };
  }

  /// Changes nothing, but writes to the disk: shows whether that works.
  static Write rewrite(String node) {
    return (session, _) -> {
      session.update("UPDATE nodes SET registered_at = registered_at WHERE name = ?", node);
      return Optional.empty();
    };
  }

  static List<String> names(Session session) throws SQLException {
    return session.list(row -> row.getString(1), "SELECT name FROM nodes").stream()
        .sorted()
        .toList();
  }

  /// Takes or keeps a lease, if it is free; else changes nothing.
  static Write lease(String work, String holder, Instant now, Duration length) {
    return (session, _) -> {
      session.update(
          "INSERT INTO leases (work, holder, held_until) VALUES (?, ?, ?) ON CONFLICT (work)"
              + " DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until"
              + " WHERE leases.holder = excluded.holder OR leases.held_until <= ?",
          work,
          holder,
          now.plus(length).toEpochMilli(),
          now.toEpochMilli());
      return Optional.empty();
    };
  }

  static boolean holds(Session session, String work, String holder, Instant now)
      throws SQLException {
    return session.exists(
        "SELECT 1 FROM leases WHERE work = ? AND holder = ? AND held_until > ?",
        work,
        holder,
        now.toEpochMilli());
  }

  static Write state(String name, String value) {
    return (session, _) -> {
      session.update(
          "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
          name,
          value);
      return Optional.empty();
    };
  }

  static Optional<String> fact(Session session, String name) throws SQLException {
    return session.first(row -> row.getString(1), "SELECT value FROM facts WHERE name = ?", name);
  }

  static Write add(SharedKey key) {
    return (session, _) -> {
      session.update(
          "INSERT INTO shared_keys (name, sealed_key, certificate, used_from) VALUES (?, ?, ?, ?)",
          key.name(),
          key.sealedKey().toByteArray(),
          key.certificate().toByteArray(),
          key.usedFrom().toEpochMilli());
      return Optional.empty();
    };
  }

  static List<SharedKey> sharedKeys(Session session, String name) throws SQLException {
    return session.list(
        row ->
            new SharedKey(
                row.getString("name"),
                Columns.der(row, "sealed_key"),
                Columns.der(row, "certificate"),
                Columns.instant(row, "used_from")),
        "SELECT * FROM shared_keys WHERE name = ? ORDER BY number DESC",
        name);
  }
}
