-- A candidate is agreed with, sent back or withdrawn.
UPDATE candidate SET status = $status, version = version + 1, updated_at = $now WHERE candidate_id = $candidate_id
