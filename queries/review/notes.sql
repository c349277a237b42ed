-- What did analysts write on the issue, oldest first?
SELECT note_id, account_id, text, written_at, mentions FROM note WHERE issue_no = $issue_no ORDER BY note_id
