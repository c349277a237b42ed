-- Which items stand in the groups $keys, of each the most central first?
SELECT item_id, group_key, rank, strength, level, borderline, decided, moved, CAST(shared AS VARCHAR) AS shared
FROM desk.member
WHERE group_key IN ($keys)
ORDER BY rank, item_id
