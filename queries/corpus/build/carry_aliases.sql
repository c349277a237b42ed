-- Which items live on under an older ID, still?
INSERT INTO item_alias
FROM previous.item_alias
WHERE item_id IN (SELECT item_id FROM item)
ORDER BY alias_id
