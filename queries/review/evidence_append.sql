-- An evidence package is frozen on hand-over.
INSERT INTO evidence_package
VALUES ($sha256, $name, $bytes, $candidate_id, $step_no, $issue_no, $direction, $recipient, $run_id, $account_id, $now)
