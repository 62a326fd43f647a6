-- Substring search by trigrams. Holds no text of its own: rows found are compared with the certificates' texts. Filled
-- behind the transactions' back; what is newer than the mark is searched without it.
CREATE VIRTUAL TABLE certificate_search USING fts5 (
  subject, alternatives, requester,
  tokenize = 'trigram', content = '', detail = column, columnsize = 0
);

CREATE TABLE certificate_search_mark (
  indexed_to BIGINT NOT NULL
);
INSERT INTO certificate_search_mark (indexed_to) VALUES (0);
