-- A group is confirmed.
INSERT INTO issue VALUES ($issue_no, $group_key, $title, '', $status, '', '', false, 0, 1, $confirmed_by, $confirmed_at, $confirmed_at)
