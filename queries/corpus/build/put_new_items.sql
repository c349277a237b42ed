-- Which items are new tonight? They follow those that were there, in the order of their IDs.
INSERT INTO item
FROM new_item
ORDER BY item_id
