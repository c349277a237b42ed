-- In which groups does the corpus itself have the items $items, and how firmly?
SELECT item_id, group_key, rank, strength, level, borderline, decided, shared
FROM corpus.member
WHERE item_id IN ($items)
ORDER BY item_id
