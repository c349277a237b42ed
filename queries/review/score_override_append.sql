-- A person sets a part of an issue's scorecard, or gives it back to the formula.
INSERT INTO score_override
SELECT $issue_no, coalesce(max(entry_no), 0) + 1, $part, $score, $reason, $account_id, $now
FROM score_override
WHERE issue_no = $issue_no
