-- What did people change of the issues $issues since $version, oldest first?
SELECT r.issue_no, r.version, r.changed_at, r.account_id, coalesce(a.name, '') AS name, r.field, r.before, r.after
FROM revision r
LEFT JOIN account a USING (account_id)
WHERE r.issue_no IN ($issues) AND r.version > $version
ORDER BY r.version, r.issue_no
