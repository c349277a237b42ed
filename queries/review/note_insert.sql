-- A remark on an issue.
INSERT INTO note VALUES ($note_id, $issue_no, $account_id, $text, $mentions, $now)
