-- A field of a candidate's form was changed.
INSERT INTO candidate_edit VALUES ($candidate_id, $version, $field, $before, $after, $account_id, $now)
