-- Which items stand in each group now: the corpus, and the decisions it has not seen laid over it?
CREATE VIEW desk.member AS
SELECT m.group_key, m.item_id, m.rank, m.strength, m.level, m.borderline, m.decided, m.shared, false AS moved
FROM corpus.member m
WHERE NOT EXISTS (SELECT 1 FROM desk.moved v WHERE v.item_id = m.item_id)
UNION ALL
SELECT v.group_key, v.item_id, 1000000 AS rank, 0.0 AS strength, '' AS level, false AS borderline, true AS decided, '[]' AS shared, true AS moved
FROM desk.moved v
WHERE v.group_key <> ''
