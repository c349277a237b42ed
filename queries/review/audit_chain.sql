-- What does the audit log hold, in the order it stands in the chain?
SELECT seq, happened_at, account_id, action, subject, CAST(detail AS VARCHAR) AS detail, previous, hash
FROM audit
ORDER BY seq, hash
LIMIT $limit OFFSET $offset
