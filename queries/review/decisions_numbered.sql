-- What were the decisions $seqs, oldest first?
SELECT seq, made_at, account_id, kind, group_key, other_key, issue_no, items, CAST(payload AS VARCHAR) AS payload, undoes
FROM decision
WHERE seq IN (SELECT unnest($seqs::BIGINT[]))
ORDER BY seq
