-- What did others change since $version, oldest first?
SELECT issue_no, version, changed_at, account_id, field, before, after
FROM revision
WHERE issue_no = $issue_no AND version > $version
ORDER BY version
