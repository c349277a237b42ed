-- The consultation $consultation_no has this point.
INSERT OR REPLACE INTO consultation_point (consultation_no, point_no, kind, title, basis, topic, groups, kept, outcome)
VALUES ($consultation_no, $point_no, $kind, $title, $basis, $topic, $groups::VARCHAR[], $kept, $outcome)
