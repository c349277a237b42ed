-- In which groups do the items $items stand, and how firmly?
SELECT item_id, group_key, rank, strength, level, borderline, decided, moved, CAST(shared AS VARCHAR) AS shared
FROM desk.member
WHERE item_id IN ($items)
ORDER BY item_id
