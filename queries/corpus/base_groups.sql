-- In which group does the corpus itself have each of the items $items? '' for an item in none.
SELECT i.item_id, coalesce(m.group_key, '') AS group_key
FROM (SELECT DISTINCT unnest($items) AS item_id) w
JOIN corpus.item i USING (item_id)
LEFT JOIN corpus.member m USING (item_id)
ORDER BY i.item_id
