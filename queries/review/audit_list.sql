-- Which lines of the audit log meet the filter, newest first?
SELECT a.seq, a.happened_at, a.account_id, coalesce(c.name, '') AS name, a.action, a.subject, CAST(a.detail AS VARCHAR) AS detail, a.previous, a.hash
FROM audit a
LEFT JOIN account c USING (account_id)
WHERE ($account_id = 0 OR a.account_id = $account_id)
  AND ($action = '' OR a.action = $action)
  AND ($subject = '' OR contains(a.subject, $subject))
  AND ($since IS NULL OR a.happened_at >= $since)
  AND ($until IS NULL OR a.happened_at < $until)
ORDER BY a.seq DESC
LIMIT $limit OFFSET $offset
