-- Who repeats item $item_id word for word?
SELECT item_id FROM corpus.item WHERE endorses = $item_id ORDER BY training_id, item_id LIMIT 200
