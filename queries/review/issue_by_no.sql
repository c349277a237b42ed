-- How do the issues $issues stand?
SELECT issue_no, group_key, title, statement, status, outcome, topic, locked, merged_into, version, confirmed_by, confirmed_at, updated_at
FROM issue
WHERE issue_no IN ($issues)
