-- An issue is given to somebody, or taken back.
INSERT INTO assignment VALUES ($issue_no, $account_id, $assigned_by, $due_on, $now)
ON CONFLICT (issue_no) DO UPDATE SET account_id = excluded.account_id, assigned_by = excluded.assigned_by, due_on = excluded.due_on, assigned_at = excluded.assigned_at
