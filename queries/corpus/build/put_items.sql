-- What are all items, old and new, in the order of their IDs?
INSERT INTO item
FROM (FROM previous.item UNION ALL FROM new_item)
ORDER BY item_id
