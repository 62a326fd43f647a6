-- Certificates by the month in which they expire, so that what has long expired is dropped as a table and not row by row.
-- The server makes the months' tables ahead; what expires in a month that has none yet waits in certificates_other.
DROP TABLE certificates;

-- PostgreSQL below 17 has no identity columns in partitioned tables.
CREATE SEQUENCE certificate_ids;

CREATE TABLE certificates (
  id BIGINT NOT NULL DEFAULT nextval('certificate_ids'),
  issuer TEXT COLLATE "C" NOT NULL,
  serial TEXT COLLATE "C" NOT NULL,
  certificate BYTEA NOT NULL,
  profile TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  requester TEXT NOT NULL,
  request_id TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  replaces TEXT COLLATE "C",
  revoked_at BIGINT,
  revocation_reason TEXT,
  key_hash BIGINT NOT NULL,
  names_hash BIGINT NOT NULL,
  subject_text TEXT NOT NULL,
  alternatives_text TEXT NOT NULL,
  requester_text TEXT NOT NULL,
  audit_sequence BIGINT NOT NULL,
  audit_node TEXT COLLATE "C" NOT NULL DEFAULT ''
) PARTITION BY RANGE (not_after);
CREATE UNIQUE INDEX certificates_by_serial ON certificates (serial, issuer, not_after);
CREATE INDEX certificates_by_id ON certificates (id);
CREATE INDEX certificates_by_key ON certificates (key_hash);
CREATE INDEX certificates_by_names ON certificates (names_hash);
CREATE INDEX certificates_by_replaced ON certificates (replaces) WHERE replaces IS NOT NULL;
CREATE TABLE certificates_other PARTITION OF certificates DEFAULT;

-- A unique index of a partitioned table must hold the expiry too, so it cannot keep a serial number from being used
-- twice. This table does. It also says in which month a certificate is to be looked for, and outlives it.
CREATE TABLE serials (
  serial TEXT COLLATE "C" NOT NULL,
  issuer TEXT COLLATE "C" NOT NULL,
  not_after BIGINT NOT NULL,
  PRIMARY KEY (serial, issuer)
);

ALTER TABLE audit DROP CONSTRAINT audit_pkey;
ALTER TABLE audit ALTER COLUMN node TYPE TEXT COLLATE "C";
ALTER TABLE audit ADD PRIMARY KEY (node, sequence);

CREATE INDEX answers_by_end ON answers (remembered_until);
