-- Something restricted is noted of a candidate.
INSERT INTO candidate_restricted
SELECT $candidate_id, coalesce(max(entry_no), 0) + 1, $field, $text, $account_id, $now
FROM candidate_restricted
WHERE candidate_id = $candidate_id
