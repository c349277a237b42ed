-- In which groups do the items $items stand?
SELECT item_id, group_key FROM desk.member WHERE item_id IN ($items) ORDER BY item_id
