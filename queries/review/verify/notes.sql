-- Which notes did people write, in the order they did?
SELECT note_id, issue_no, account_id, text FROM note ORDER BY note_id
