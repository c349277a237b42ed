-- Which items is a person reading blind at the moment?
SELECT DISTINCT i.item_id
FROM reading r
JOIN reading_item i USING (reading_id)
WHERE list_contains(r.readers, $account_id::INTEGER)
  AND (SELECT count(*) FROM reading_done d WHERE d.reading_id = r.reading_id AND list_contains(r.readers, d.account_id)) < 2
ORDER BY i.item_id
