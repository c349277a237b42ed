-- Which items does the corpus itself have in the groups $keys, of each the most central first?
SELECT group_key, item_id, rank, strength, level, borderline, decided, shared
FROM corpus.member
WHERE group_key IN ($keys)
ORDER BY rank, item_id
