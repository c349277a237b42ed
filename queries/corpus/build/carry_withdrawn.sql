-- Which items were withdrawn before tonight and have not come back?
INSERT INTO withdrawn_item
FROM previous.withdrawn_item
WHERE item_id NOT IN (SELECT item_id FROM item)
ORDER BY item_id
