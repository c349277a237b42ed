-- What does the audit log hold of these actions, newest first?
SELECT u.seq, u.happened_at, u.account_id, coalesce(a.name, '') AS name, u.action, u.subject, CAST(u.detail AS VARCHAR) AS detail
FROM audit u
LEFT JOIN account a USING (account_id)
WHERE u.action IN (SELECT unnest($actions::VARCHAR[]))
ORDER BY u.seq DESC
LIMIT $limit
