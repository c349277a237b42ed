-- Where was this person named, what they have not read first, the latest first?
SELECT n.note_id, n.issue_no, i.title, coalesce(a.name, '') AS name, n.text, n.written_at, r.read_at
FROM note n
JOIN issue i USING (issue_no)
LEFT JOIN account a ON a.account_id = n.account_id
LEFT JOIN mention_read r ON r.note_id = n.note_id AND r.account_id = $account_id
WHERE list_contains(n.mentions, $account_id::INTEGER)
ORDER BY r.read_at IS NOT NULL, n.note_id DESC
LIMIT 30
