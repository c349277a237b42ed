-- An issue is proposed for an output direction.
INSERT INTO candidate VALUES ($candidate_id, $issue_no, $direction, $reason, '待复核', $author, '{}', 1, $now, $now)
