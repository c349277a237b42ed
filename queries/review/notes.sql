-- What did analysts write on the issues $issues, oldest first?
SELECT issue_no, note_id, account_id, text, written_at, mentions FROM note WHERE issue_no IN ($issues) ORDER BY note_id
