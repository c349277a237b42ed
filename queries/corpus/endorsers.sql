-- Which items repeat which other word for word?
SELECT endorses, item_id FROM corpus.item WHERE endorses <> '' ORDER BY endorses, training_id, item_id
