-- What happened to groups before tonight?
INSERT INTO lineage
FROM previous.lineage
