-- The dialogue that a pending request belongs to, in protocols where the requester only asks what became of it.
ALTER TABLE pending ADD COLUMN exchange TEXT;
ALTER TABLE pending ADD COLUMN sealed_request ${blob};
CREATE INDEX pending_by_exchange ON pending (exchange) WHERE exchange IS NOT NULL;
