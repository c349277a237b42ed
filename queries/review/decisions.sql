-- Which decisions meet the filter, newest first?
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, d.group_key, d.other_key, d.issue_no, d.items,
    CAST(d.payload AS VARCHAR) AS payload, d.undoes, coalesce(u.seq, 0) AS undone_by, coalesce(b.title, '') AS title
FROM decision d
LEFT JOIN account a USING (account_id)
LEFT JOIN decision u ON u.undoes = d.seq
LEFT JOIN desk.board b ON b.group_key = d.group_key
WHERE ($account_id = 0 OR d.account_id = $account_id) AND ($kind = '' OR d.kind = $kind)
ORDER BY d.seq DESC
LIMIT $limit OFFSET $offset
