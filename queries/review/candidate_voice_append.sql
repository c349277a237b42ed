-- A department says something of a candidate.
INSERT INTO candidate_voice
SELECT $candidate_id, coalesce(max(voice_no), 0) + 1, $round, $kind, $department, $stance, $text, $on_behalf, $account_id, $now
FROM candidate_voice
WHERE candidate_id = $candidate_id
