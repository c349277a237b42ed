-- What did people change of the issues $issues since $version, oldest first?
SELECT issue_no, version, changed_at, account_id, field, before, after
FROM revision
WHERE issue_no IN ($issues) AND version > $version
ORDER BY version, issue_no
