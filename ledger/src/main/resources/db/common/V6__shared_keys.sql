-- Private keys that all nodes use, sealed with secrets.key.
CREATE TABLE shared_keys (
  number ${id},
  name TEXT NOT NULL,
  sealed_key ${blob} NOT NULL,
  certificate ${blob} NOT NULL,
  used_from BIGINT NOT NULL
);
CREATE INDEX shared_keys_by_name ON shared_keys (name);
