package dev.chancery.authority.ledger;

/// Why a transaction was not carried out: something is no longer, or not, as it assumed. Nothing of
/// it was stored.
public enum Conflict {
  CREDENTIAL_UNUSABLE,
  CREDENTIAL_EXISTS,
  SERIAL_EXISTS,
  REQUEST_ANSWERED,
  REQUEST_PENDING,
  TICKET_SETTLED,
  CERTIFICATE_UNKNOWN,
  LIST_SUPERSEDED,
  NOTIFICATION_SETTLED,
  GENERATION_EXISTS,
  GENERATION_CHANGED,
  KEY_TAKEN,
  NAMES_EXHAUSTED
}
