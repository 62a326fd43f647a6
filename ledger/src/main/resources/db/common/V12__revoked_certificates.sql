-- Holds all that a CRL says of a certificate: with the rows themselves, which lie all over the table, a list of a million
-- took minutes to read.
CREATE INDEX certificates_revoked ON certificates (issuer, serial, not_after, revoked_at, revocation_reason)
  WHERE revoked_at IS NOT NULL;
