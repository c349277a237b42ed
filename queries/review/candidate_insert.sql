-- An issue is proposed for an output direction.
INSERT INTO candidate VALUES ($candidate_id, $issue_no, $direction, $reason, '草拟', $author, $fields, 1, $now, $now)
