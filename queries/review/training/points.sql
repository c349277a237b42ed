-- What points does the consultation $consultation_no have?
SELECT p.consultation_no, p.point_no, p.kind, p.title, p.basis, p.topic, p.groups, p.kept, p.outcome
FROM consultation_point p
WHERE p.consultation_no = $consultation_no
ORDER BY p.point_no
