-- Which items are withdrawn tonight, by run $run_id?
INSERT INTO withdrawn_item
SELECT i.item_id, i.training_id, i.department, i.province, i.kind, i.segment, i.given_on, i.stem, i.text,
    coalesce(s.sha256, ''), coalesce(s.file, ''), coalesce(s.sheet, ''), coalesce(s.row_no, 0), coalesce(s.column_name, ''), coalesce(s.part, 0),
    l.reason, i.added_run, $run_id
FROM leaving_item l
JOIN previous.item i USING (item_id)
LEFT JOIN previous.sighting s ON s.item_id = i.item_id AND s.ordinal = (SELECT min(ordinal) FROM previous.sighting o WHERE o.item_id = i.item_id)
WHERE NOT l.kept
ORDER BY i.item_id
