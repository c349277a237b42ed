-- What must the next night know? The whole log, in order, to the file at $path.
COPY (
    SELECT seq, made_at, account_id, kind, group_key, other_key, issue_no, items, CAST(payload AS VARCHAR) AS payload, undoes
    FROM decision
    ORDER BY seq
) TO $path (FORMAT parquet, COMPRESSION zstd)
