-- Which items live on under an older ID?
SELECT alias_id, item_id FROM previous.item_alias ORDER BY alias_id
