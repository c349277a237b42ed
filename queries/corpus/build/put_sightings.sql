-- Where was every item seen? Old places keep their order, new ones follow; a place is listed once.
INSERT INTO sighting
SELECT item_id,
       row_number() OVER (PARTITION BY item_id ORDER BY age, ordinal, sha256, sheet, row_no, column_name, part) AS ordinal,
       sha256, file, sheet, row_no, column_name, part
FROM (
    SELECT *, 0 AS age FROM previous.sighting
    UNION ALL
    SELECT n.*, 1 AS age
    FROM new_sighting n
    ANTI JOIN previous.sighting p USING (item_id, sha256, sheet, row_no, column_name, part)
)
ORDER BY item_id, ordinal
