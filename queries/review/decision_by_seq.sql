-- What was decision $seq, and was it taken back?
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, d.group_key, d.other_key, d.issue_no, d.items,
    CAST(d.payload AS VARCHAR) AS payload, d.undoes,
    coalesce((SELECT max(u.seq) FROM decision u WHERE u.undoes = d.seq), 0) AS undone_by
FROM decision d
LEFT JOIN account a USING (account_id)
WHERE d.seq = $seq
