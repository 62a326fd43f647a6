-- Whose a key is. A key that has been certified for some names is certified for others only after its certificates were
-- revoked, and never again after it was compromised.
CREATE TABLE certified_keys (
  key_hash ${key},
  -- NULL: whoever has it may ask for any names. 0: it is this server's own.
  names_hash BIGINT,
  compromised_at BIGINT
);
-- By the table's order and a sort: the index on the key would look up each row at another place of the disk.
INSERT INTO certified_keys (key_hash, names_hash, compromised_at)
SELECT key_hash,
  CASE WHEN MAX(own) = 1 THEN 0 ELSE MAX(names_hash) END,
  MAX(compromised_at)
FROM (
  SELECT key_hash + 0 AS key_hash,
    CASE WHEN requester LIKE 'server:%' THEN 1 ELSE 0 END AS own,
    CASE WHEN revoked_at IS NULL THEN names_hash END AS names_hash,
    CASE WHEN revocation_reason = 'keyCompromise' THEN revoked_at END AS compromised_at
  FROM certificates
) certified
GROUP BY key_hash;
DROP INDEX certificates_by_key;

-- Names of which there may be so many certificates: a row of each is held while the certificates are counted.
CREATE TABLE limited_names (
  names_hash ${key}
);

-- What a credential is bound to besides names and key; lines, NULL where it is not.
ALTER TABLE credentials ADD COLUMN devices TEXT;
ALTER TABLE credentials ADD COLUMN networks TEXT;

-- Few of many wait.
CREATE INDEX pending_waiting ON pending (endpoint, requester) WHERE state = 'waiting';

-- Certificates of which is known that somebody has them: the reply was written, or the holder has used it here.
CREATE TABLE collected (
  serial TEXT NOT NULL,
  issuer TEXT NOT NULL,
  not_after BIGINT NOT NULL,
  collected_at BIGINT NOT NULL,
  PRIMARY KEY (serial, issuer)
);
-- Of those that were issued before, nothing is known: they count as collected.
INSERT INTO facts (name, value)
SELECT 'collected-after', CAST(MAX(id) AS TEXT) FROM certificates HAVING COUNT(*) > 0;
