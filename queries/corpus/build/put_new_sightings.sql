-- Where were items seen tonight? New places follow the old; a place is listed once.
INSERT INTO sighting
WITH seen AS (SELECT * FROM previous.sighting SEMI JOIN new_sighting USING (item_id)),
last AS (SELECT item_id, max(ordinal) AS ordinal FROM seen GROUP BY item_id)
SELECT n.item_id,
       coalesce(l.ordinal, 0) + row_number() OVER (PARTITION BY n.item_id ORDER BY n.ordinal, n.sha256, n.sheet, n.row_no, n.column_name, n.part) AS ordinal,
       n.sha256, n.file, n.sheet, n.row_no, n.column_name, n.part
FROM new_sighting n
ANTI JOIN seen p USING (item_id, sha256, sheet, row_no, column_name, part)
LEFT JOIN last l USING (item_id)
ORDER BY n.item_id, ordinal
