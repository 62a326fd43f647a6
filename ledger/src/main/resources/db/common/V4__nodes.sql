-- Several nodes may work on one ledger. Each appends to an audit chain of its own; the chain without a name is that of a
-- ledger which belongs to one server.
ALTER TABLE audit ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_checkpoints ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN audit_node TEXT NOT NULL DEFAULT '';

CREATE TABLE nodes (
  name TEXT NOT NULL PRIMARY KEY,
  registered_at BIGINT NOT NULL
);
INSERT INTO nodes (name, registered_at) VALUES ('', 0);

-- Who does what only one node shall do at a time, and until when.
CREATE TABLE leases (
  work TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  held_until BIGINT NOT NULL
);

-- What all nodes must agree upon.
CREATE TABLE facts (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
