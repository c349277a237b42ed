-- What did people decide about the groups $keys, oldest first?
WITH own AS (
    SELECT seq FROM decision WHERE group_key IN ($keys)
    UNION
    SELECT seq FROM decision WHERE other_key IN ($keys)
)
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, d.group_key, d.other_key, d.issue_no, d.items,
    CAST(d.payload AS VARCHAR) AS payload, d.undoes, coalesce(u.seq, 0) AS undone_by
FROM decision d
SEMI JOIN own USING (seq)
LEFT JOIN account a USING (account_id)
LEFT JOIN (SELECT seq, undoes FROM decision WHERE undoes > 0) u ON u.undoes = d.seq
ORDER BY d.seq
