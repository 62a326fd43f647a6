-- Times are epoch milliseconds in UTC. Texts in lower case are for searching. Hashes of long values are cut to 64 bits in
-- indexes, which keeps them small; whoever finds a row by one compares the full value.

CREATE TABLE certificates (
  id ${id},
  issuer TEXT NOT NULL,
  -- Hex. Begins with the time, so that new rows of the index lie side by side.
  serial TEXT NOT NULL,
  certificate ${blob} NOT NULL,
  profile TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  requester TEXT NOT NULL,
  request_id TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  replaces TEXT,
  revoked_at BIGINT,
  revocation_reason TEXT,
  key_hash BIGINT NOT NULL,
  names_hash BIGINT NOT NULL,
  subject_text TEXT NOT NULL,
  alternatives_text TEXT NOT NULL,
  requester_text TEXT NOT NULL,
  -- The audit entry of the transaction that stored the row: shows entries that are missing.
  audit_sequence BIGINT NOT NULL
);
CREATE UNIQUE INDEX certificates_by_serial ON certificates (serial, issuer);
CREATE INDEX certificates_by_key ON certificates (key_hash);
CREATE INDEX certificates_by_names ON certificates (names_hash);
CREATE INDEX certificates_by_replaced ON certificates (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX certificates_by_expiry ON certificates (not_after);

CREATE TABLE answers (
  digest_hash ${key},
  digest TEXT NOT NULL,
  issuer TEXT NOT NULL,
  serial TEXT NOT NULL,
  -- The last instant at which the answer is remembered.
  remembered_until BIGINT NOT NULL
);

CREATE TABLE credentials (
  number ${id},
  id TEXT NOT NULL UNIQUE,
  sealed_secret ${blob} NOT NULL,
  -- Either exactly these names, or whatever lies inside the patterns.
  exact_names ${blob},
  subject_patterns TEXT,
  alternative_patterns TEXT,
  profile TEXT NOT NULL,
  endpoints TEXT NOT NULL,
  uses BIGINT NOT NULL,
  uses_left BIGINT NOT NULL,
  key_sha256 TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);

CREATE TABLE pending (
  number ${id},
  ticket TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  requester TEXT NOT NULL,
  profile TEXT NOT NULL,
  names ${blob} NOT NULL,
  key_sha256 TEXT NOT NULL,
  key_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- waiting, approved, denied or done
  state TEXT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT,
  denial_reason TEXT,
  issuer TEXT,
  serial TEXT
);

CREATE TABLE audit (
  sequence ${sequence},
  at BIGINT NOT NULL,
  action TEXT NOT NULL,
  request_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  -- name=value lines
  details TEXT NOT NULL,
  previous_hash ${blob} NOT NULL,
  hash ${blob} NOT NULL
);

CREATE TABLE audit_checkpoints (
  number ${id},
  sequence BIGINT NOT NULL,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  signature ${blob} NOT NULL
);
