-- What did people decide, in the order they did?
SELECT seq, made_at, kind, group_key, other_key, issue_no, items, CAST(payload AS VARCHAR) AS payload, undoes
FROM read_parquet($path)
ORDER BY seq
