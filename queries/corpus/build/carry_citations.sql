-- What do items of earlier nights cite, those read anew tonight left out?
INSERT INTO citation
FROM previous.citation
WHERE item_id IN (SELECT item_id FROM item) AND item_id NOT IN (SELECT item_id FROM new_item)
