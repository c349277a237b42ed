-- A person has read the note $note_id that names them, all on the issue $issue_no, or with both 0 all there are.
INSERT INTO mention_read
SELECT n.note_id, $account_id, $now
FROM note n
WHERE list_contains(n.mentions, $account_id::INTEGER) AND ($note_id = 0 OR n.note_id = $note_id) AND ($issue_no = 0 OR n.issue_no = $issue_no)
ON CONFLICT DO NOTHING
