-- What changed on the issue?
INSERT INTO revision VALUES ($issue_no, $version, $changed_at, $account_id, $field, $before, $after)
