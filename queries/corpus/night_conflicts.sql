-- Where does new material speak against a decision?
SELECT c.group_key, c.other_key, c.item_id, c.kind, c.reason, c.decision_seq, coalesce(b.title, '') AS title
FROM corpus.conflict c
LEFT JOIN desk.board b USING (group_key)
ORDER BY c.kind, c.group_key, c.item_id, c.other_key
LIMIT 200
