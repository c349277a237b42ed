-- What happened to the groups $keys in their nights, oldest first?
SELECT group_key, happened_at, kind, other_key, items, cause, run_id, decision_seq
FROM corpus.lineage
WHERE group_key IN ($keys)
ORDER BY event_no
