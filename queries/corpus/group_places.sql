-- Which items does the corpus itself have in the group $key, most central first?
SELECT item_id, rank, strength, level, borderline, decided, shared
FROM corpus.member
WHERE group_key = $key
ORDER BY rank, item_id
