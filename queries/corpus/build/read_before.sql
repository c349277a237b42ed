-- Which items did earlier nights read from the files $again, from which places, and were they seen in other files too?
SELECT s.item_id, s.sha256, s.file, s.sheet, s.row_no, s.column_name, s.part, i.text,
    EXISTS (SELECT 1 FROM previous.sighting o WHERE o.item_id = s.item_id AND NOT list_contains($again, o.sha256)) AS elsewhere
FROM previous.sighting s
JOIN previous.item i USING (item_id)
WHERE list_contains($again, s.sha256)
ORDER BY s.sha256, s.file, s.sheet, s.row_no, s.column_name, s.part, s.item_id
