-- Word that is owed to whoever allowed a request from outside: stored with the outcome, removed when it has been taken or
-- is given up.
CREATE TABLE notifications (
  number ${id},
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  sealed_request ${blob} NOT NULL,
  -- Either the certificate that was issued, or why none was.
  issuer TEXT,
  serial TEXT,
  refusal_code TEXT,
  refusal_reason TEXT,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  problem TEXT NOT NULL
);
CREATE INDEX notifications_by_due ON notifications (due_at);
