-- What happened to the group in its nights, oldest first?
SELECT happened_at, kind, other_key, items, cause, run_id, decision_seq
FROM corpus.lineage
WHERE group_key = $key
ORDER BY event_no
