-- What new material speaks against a decision on the group $key?
SELECT c.group_key, c.other_key, c.item_id, c.kind, c.reason, c.decision_seq, coalesce(b.title, '') AS title
FROM corpus.conflict c
LEFT JOIN desk.board b ON b.group_key = c.group_key
WHERE c.group_key = $key OR c.other_key = $key
ORDER BY c.kind, c.item_id, c.other_key
