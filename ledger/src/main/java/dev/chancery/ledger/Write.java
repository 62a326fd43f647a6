package dev.chancery.ledger;

import dev.chancery.authority.ledger.Change;
import dev.chancery.authority.ledger.Conflict;
import java.sql.SQLException;
import java.util.Optional;

/// A change with everything computed that can be computed before it is the change's turn, so that
/// the one thread that writes does no more than write.
@FunctionalInterface
interface Write {
  /// Carries out the change inside the current transaction.
  ///
  /// @param auditSequence the place that the transaction's audit entry will have
  /// @return why it could not, if it could not
  Optional<Conflict> apply(Session session, long auditSequence) throws SQLException;

  static Write of(Change change) {
    return switch (change) {
      case Change.UseCredential use -> CredentialTable.use(use);
      case Change.AddCredential add -> CredentialTable.add(add.record());
      case Change.RevokeCredential revoke -> CredentialTable.revoke(revoke);
      case Change.ClaimKey claim -> KeyTable.claim(claim);
      case Change.LimitNames limit -> NameLimit.of(limit);
      case Change.StoreCertificate store -> CertificateTable.store(store.record());
      case Change.RevokeCertificate revoke -> CertificateTable.revoke(revoke);
      case Change.RememberAnswer answer -> AnswerTable.remember(answer);
      case Change.AddPending add -> PendingTable.add(add.record());
      case Change.MovePending move -> PendingTable.move(move);
      case Change.PublishList publish -> RevocationTable.publish(publish.list());
      case Change.AddNotification add -> NotificationTable.add(add.notification());
      case Change.PostponeNotification postpone -> NotificationTable.postpone(postpone);
      case Change.RemoveNotification remove -> NotificationTable.remove(remove.id());
      case Change.AddCheckpoint add -> AuditTable.add(add.checkpoint());
      case Change.AddSharedKey add -> NodeTables.add(add.key());
      case Change.AddGeneration add -> GenerationTable.add(add.generation());
      case Change.MoveGeneration move -> GenerationTable.move(move);
    };
  }

  /// A change that is one statement, and meets a conflict if that changes no row. Many of them can
  /// be sent to a distant database in one go.
  interface Single extends Write {
    /// The statement.
    String sql(Dialect dialect);

    /// Its parameters.
    Object[] parameters(Session session, long auditSequence);

    Conflict conflict();

    @Override
    default Optional<Conflict> apply(Session session, long auditSequence) throws SQLException {
      return unlessChanged(
          session.update(sql(session.dialect()), parameters(session, auditSequence)), conflict());
    }

    /// Sends it with the next [Session#flush], which tells whether it changed a row.
    default void defer(Session session, long auditSequence) throws SQLException {
      session.defer(sql(session.dialect()), parameters(session, auditSequence));
    }
  }

  /// Nothing if rows were changed, else `conflict`.
  static Optional<Conflict> unlessChanged(int rows, Conflict conflict) {
    return rows == 0 ? Optional.of(conflict) : Optional.empty();
  }
}
