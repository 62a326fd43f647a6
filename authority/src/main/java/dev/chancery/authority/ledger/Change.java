package dev.chancery.authority.ledger;

import dev.chancery.authority.Ticket;
import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.authority.credential.CredentialRecord;
import dev.chancery.authority.notification.Notification;
import dev.chancery.authority.rollover.Generation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// One thing that a transaction does. Those with a condition make the whole transaction a
/// [Conflict] if it does not hold.
public sealed interface Change {
  /// Takes one use of a credential. Conflict [Conflict#CREDENTIAL_UNUSABLE] unless it exists, is
  /// neither revoked nor expired at `at`, and has a use left.
  record UseCredential(String id, Instant at) implements Change {}

  /// Binds a key to the names of the certificate that is being stored for it. Conflict
  /// [Conflict#KEY_TAKEN] if the key has been compromised, or `claim` does not cover what it was
  /// certified for before.
  ///
  /// @param keySha256 hex SHA-256 of the subject public key info
  /// @param canonicalNames see [dev.chancery.pki.name.SubjectNames#canonical()]
  record ClaimKey(String keySha256, String canonicalNames, KeyClaim claim) implements Change {}

  /// Goes on only if fewer than `most` certificates have these names, whoever issued them, are not
  /// revoked and expire after `at`. Conflict [Conflict#NAMES_EXHAUSTED] if not. One that has been
  /// renewed, or is being renewed now, does not count beside its successor.
  ///
  /// @param canonicalNames see [dev.chancery.pki.name.SubjectNames#canonical()]
  /// @param renewed hex serial of the one that is being renewed
  record LimitNames(String canonicalNames, int most, Optional<String> renewed, Instant at)
      implements Change {}

  /// Stores a certificate. Conflict [Conflict#SERIAL_EXISTS] if the issuer has used the serial
  /// number.
  record StoreCertificate(CertificateRecord record) implements Change {}

  /// Remembers that the request named `digest` was answered with that certificate, so that a retry
  /// within `lifetime` gets it again. Conflict [Conflict#REQUEST_ANSWERED] if it was answered
  /// before and that is not older than its lifetime.
  record RememberAnswer(String digest, String issuer, String serial, Instant at, Duration lifetime)
      implements Change {}

  /// Stores a new credential. Conflict [Conflict#CREDENTIAL_EXISTS] if there is one with that id.
  record AddCredential(CredentialRecord record) implements Change {}

  /// Conflict [Conflict#CREDENTIAL_UNUSABLE] if it does not exist or is revoked already.
  record RevokeCredential(String id, Instant at) implements Change {}

  /// Conflict [Conflict#CERTIFICATE_UNKNOWN] if it does not exist or is revoked already. For
  /// `keyCompromise` its key is never certified again; for any other reason the key is free for
  /// other names once no certificate for the same names is left.
  record RevokeCertificate(String issuer, String serial, CertificateRecord.Revocation revocation)
      implements Change {}

  /// Stores a pending request. Conflict [Conflict#REQUEST_PENDING] if one with that digest exists
  /// whose state is not [PendingRecord.State.Done]; one that is done is replaced.
  record AddPending(PendingRecord record) implements Change {}

  /// Moves a pending request from one state to the next: Waiting to Approved or Denied, Approved to
  /// Done. Conflict [Conflict#TICKET_SETTLED] if it is not in the state that `next` follows on.
  record MovePending(Ticket ticket, PendingRecord.State next) implements Change {}

  /// Publishes a CRL in the place of the issuer's last one. Conflict [Conflict#LIST_SUPERSEDED]
  /// unless its number is greater than that one's.
  record PublishList(PublishedList list) implements Change {}

  /// Stores a notification that is owed.
  record AddNotification(Notification notification) implements Change {}

  /// Conflict [Conflict#NOTIFICATION_SETTLED] if there is none with that id.
  ///
  /// @param attempts that have failed, in all
  record PostponeNotification(String id, int attempts, Instant dueAt, String problem)
      implements Change {}

  /// Forgets a notification. Conflict [Conflict#NOTIFICATION_SETTLED] if there is none with that
  /// id.
  record RemoveNotification(String id) implements Change {}

  /// Stores a signed checkpoint of the audit chain.
  record AddCheckpoint(Checkpoint checkpoint) implements Change {}

  /// Stores a key for all nodes; older ones of that name stay.
  record AddSharedKey(SharedKey key) implements Change {}

  /// Stores a generation of an issuer. Conflict [Conflict#GENERATION_EXISTS] if there is one with
  /// that number.
  record AddGeneration(Generation generation) implements Change {}

  /// Changes the dates of a generation. Conflict [Conflict#GENERATION_CHANGED] unless they are
  /// still those of `from`.
  record MoveGeneration(Generation from, Generation to) implements Change {}
}
