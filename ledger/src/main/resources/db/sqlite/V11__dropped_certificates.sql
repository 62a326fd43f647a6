-- The serial numbers of certificates that were dropped long after they had expired: they stay taken. Nothing is ever
-- removed here, so the last row's number says how many they are.
CREATE TABLE serials (
  serial TEXT NOT NULL,
  issuer TEXT NOT NULL,
  not_after BIGINT NOT NULL
);
CREATE UNIQUE INDEX serials_by_serial ON serials (serial, issuer);
