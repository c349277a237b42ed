-- A candidate takes a step.
INSERT INTO candidate_step
SELECT $candidate_id, coalesce(max(step_no), 0) + 1, $version, $step, $before, $after, $text, $account_id, $now
FROM candidate_step
WHERE candidate_id = $candidate_id
