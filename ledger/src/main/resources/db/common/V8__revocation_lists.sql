-- Few certificates are revoked, and their list is read in the order of the serial numbers.
CREATE INDEX certificates_by_revocation ON certificates (issuer, serial) WHERE revoked_at IS NOT NULL;

-- The last CRL of each issuer.
CREATE TABLE revocation_lists (
  issuer TEXT NOT NULL UNIQUE,
  number BIGINT NOT NULL,
  this_update BIGINT NOT NULL,
  next_update BIGINT NOT NULL,
  -- How many certificates were revoked in all.
  revoked BIGINT NOT NULL,
  list ${blob} NOT NULL
);
