-- What did people decide about the group $key, oldest first?
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, d.group_key, d.other_key, d.issue_no, d.items,
    CAST(d.payload AS VARCHAR) AS payload, d.undoes, coalesce(u.seq, 0) AS undone_by
FROM decision d
LEFT JOIN account a USING (account_id)
LEFT JOIN decision u ON u.undoes = d.seq
WHERE d.group_key = $key OR d.other_key = $key
ORDER BY d.seq
