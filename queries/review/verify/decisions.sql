-- What did people decide, all of it, in the order they did? For comparing the log with what was published of it.
SELECT seq, made_at, kind, group_key, other_key, issue_no, items, CAST(payload AS VARCHAR) AS payload, undoes
FROM decision
ORDER BY seq
