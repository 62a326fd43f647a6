-- The index's parts are merged in small steps by whoever writes it. By itself FTS5 merges so much at a time that everything
-- else waits for 20 to 30 ms.
INSERT INTO certificate_search (certificate_search, rank) VALUES ('automerge', 0);
