-- Who has read which of the notes on the issues $issues?
SELECT note_id, account_id FROM mention_read WHERE note_id IN (SELECT note_id FROM note WHERE issue_no IN ($issues)) ORDER BY note_id, account_id
