-- Where was this person named lately?
SELECT n.issue_no, i.title, coalesce(a.name, '') AS name, n.text, n.written_at
FROM note n
JOIN issue i USING (issue_no)
LEFT JOIN account a ON a.account_id = n.account_id
WHERE list_contains(n.mentions, $account_id::INTEGER)
ORDER BY n.note_id DESC
LIMIT 20
