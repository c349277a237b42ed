-- What may the next night take over?
INSERT INTO memory
SELECT $carried, CASE WHEN $carried THEN (SELECT full_items FROM previous.memory) ELSE (SELECT count(*) FROM item) END, $checksum
