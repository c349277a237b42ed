-- Where were these items seen, first place first?
SELECT item_id, sha256, file, sheet, row_no, column_name, part
FROM corpus.sighting
WHERE item_id IN ($items)
ORDER BY item_id, ordinal
