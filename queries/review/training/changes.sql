-- What changed in the registers, latest first? Of a kind, of a subject, or all.
SELECT c.seq, c.changed_at, c.account_id, c.kind, c.subject, c.version, c.source, c.before, c.after, coalesce(a.name, '') AS name
FROM registry_change c
LEFT JOIN account a USING (account_id)
WHERE ($kind = '' OR c.kind = $kind) AND ($subject = '' OR c.subject = $subject)
ORDER BY c.seq DESC
LIMIT $limit
