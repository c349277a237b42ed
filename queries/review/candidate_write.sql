-- A candidate's row after a step or a change of its form.
UPDATE candidate SET status = $status, reason = $reason, fields = $fields, version = $version, updated_at = $now WHERE candidate_id = $candidate_id
