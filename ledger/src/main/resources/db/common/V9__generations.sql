-- The generations of the issuers: certificates and dates. The keys are in files. What a generation after the first has
-- issued is called ISSUER.NUMBER in the tables' columns named issuer.
CREATE TABLE generations (
  issuer TEXT NOT NULL,
  number BIGINT NOT NULL,
  certificate ${blob} NOT NULL,
  root ${blob} NOT NULL,
  -- PEM, NewWithOld before OldWithNew; empty if the root is the same as before.
  links TEXT NOT NULL,
  prepared_at BIGINT NOT NULL,
  announced_from BIGINT,
  active_from BIGINT,
  retired_from BIGINT,
  UNIQUE (issuer, number)
);
