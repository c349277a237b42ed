-- What did analysts write on the issues $issues, oldest first, and who of those named has read it?
SELECT n.issue_no, n.note_id, n.account_id, coalesce(a.name, '') AS name, n.text, n.written_at, n.mentions,
    (SELECT coalesce(list(m.name ORDER BY m.account_id), []) FROM account m WHERE list_contains(n.mentions, m.account_id)) AS mentioned,
    (SELECT coalesce(list(m.name ORDER BY m.account_id), []) FROM account m JOIN mention_read r ON r.account_id = m.account_id AND r.note_id = n.note_id WHERE list_contains(n.mentions, m.account_id)) AS read_by,
    (SELECT coalesce(list(r.account_id ORDER BY r.account_id), []) FROM mention_read r WHERE r.note_id = n.note_id) AS readers
FROM note n
LEFT JOIN account a USING (account_id)
WHERE n.issue_no IN ($issues)
ORDER BY n.note_id
