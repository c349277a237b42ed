-- What did analysts write on the issue, oldest first?
SELECT n.note_id, n.account_id, coalesce(a.name, '') AS name, n.text, n.written_at
FROM note n
LEFT JOIN account a USING (account_id)
WHERE n.issue_no = $issue_no
ORDER BY n.note_id
