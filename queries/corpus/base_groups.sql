-- In which group does the corpus itself have each of the items $items? '' for an item in none.
SELECT i.item_id, coalesce(m.group_key, '') AS group_key
FROM (SELECT item_id FROM corpus.item WHERE item_id IN ($items)) i
LEFT JOIN (SELECT item_id, group_key FROM corpus.member WHERE item_id IN ($items)) m USING (item_id)
ORDER BY i.item_id
