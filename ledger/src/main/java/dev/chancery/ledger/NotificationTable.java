package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.notification.Notification.News;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is owed to parties outside. Texts that came from there stand in the form of
/// [Columns#lines], since they may hold anything.
final class NotificationTable {
  private static final String INSERT =
      "INSERT INTO notifications (id, endpoint, transaction_id, sealed_request, issuer, serial,"
          + " refusal_code, refusal_reason, created_at, attempts, due_at, problem)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

  private NotificationTable() {}

  static Write add(Notification notification) {
    Optional<News.Issued> issued =
        notification.news() instanceof News.Issued one ? Optional.of(one) : Optional.empty();
    Optional<News.Refused> refused =
        notification.news() instanceof News.Refused one ? Optional.of(one) : Optional.empty();
    Object[] parameters = {
      notification.id(),
      notification.endpoint(),
      Columns.lines(List.of(notification.transactionId())),
      notification.sealedRequest().toByteArray(),
      issued.map(News.Issued::issuer),
      issued.map(News.Issued::serial),
      refused.map(News.Refused::code),
      refused.map(one -> Columns.lines(List.of(one.reason()))),
      notification.createdAt().toEpochMilli(),
      notification.attempts(),
      notification.dueAt().toEpochMilli(),
      Columns.lines(List.of(notification.problem()))
    };
    return (session, _) -> {
      session.update(INSERT, parameters);
      return Optional.empty();
    };
  }

  static Write postpone(Change.PostponeNotification postpone) {
    String problem = Columns.lines(List.of(postpone.problem()));
    return (session, _) ->
        Write.unlessChanged(
            session.update(
                "UPDATE notifications SET attempts = ?, due_at = ?, problem = ? WHERE id = ?",
                postpone.attempts(),
                postpone.dueAt().toEpochMilli(),
                problem,
                postpone.id()),
            Conflict.NOTIFICATION_SETTLED);
  }

  static Write remove(String id) {
    return (session, _) ->
        Write.unlessChanged(
            session.update("DELETE FROM notifications WHERE id = ?", id),
            Conflict.NOTIFICATION_SETTLED);
  }

  static List<Notification> due(Session session, Instant at, int limit) throws SQLException {
    return session.list(
        NotificationTable::read,
        "SELECT * FROM notifications WHERE due_at <= ? ORDER BY due_at, number LIMIT ?",
        at.toEpochMilli(),
        limit);
  }

  private static Notification read(ResultSet row) throws SQLException {
    String issuer = row.getString("issuer");
    return new Notification(
        row.getString("id"),
        row.getString("endpoint"),
        text(row, "transaction_id"),
        Columns.der(row, "sealed_request"),
        issuer == null
            ? new News.Refused(row.getString("refusal_code"), text(row, "refusal_reason"))
            : new News.Issued(issuer, row.getString("serial")),
        Columns.instant(row, "created_at"),
        row.getInt("attempts"),
        Columns.instant(row, "due_at"),
        text(row, "problem"));
  }

  private static String text(ResultSet row, String column) throws SQLException {
    return Columns.parseLines(row.getString(column)).getFirst();
  }
}
