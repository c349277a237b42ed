-- Which decisions meet the filter, newest first?
WITH page AS (
    SELECT seq
    FROM decision
    WHERE ($account_id = 0 OR account_id = $account_id) AND ($kind = '' OR kind = $kind)
    ORDER BY seq DESC
    LIMIT $limit OFFSET $offset
)
SELECT d.seq, d.made_at, d.account_id, coalesce(a.name, '') AS name, d.kind, d.group_key, d.other_key, d.issue_no, d.items,
    CAST(d.payload AS VARCHAR) AS payload, d.undoes, coalesce(u.seq, 0) AS undone_by, coalesce(b.title, '') AS title
FROM decision d
SEMI JOIN page USING (seq)
LEFT JOIN account a USING (account_id)
LEFT JOIN (SELECT seq, undoes FROM decision WHERE undoes > 0) u ON u.undoes = d.seq
LEFT JOIN desk.board b ON b.group_key = d.group_key
ORDER BY d.seq DESC
