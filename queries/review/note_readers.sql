-- Who has read which of the notes on the issue?
SELECT note_id, account_id FROM mention_read WHERE note_id IN (SELECT note_id FROM note WHERE issue_no = $issue_no) ORDER BY note_id, account_id
