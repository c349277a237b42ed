-- How many took part, by department and province? In all trainings, or in $training_id.
SELECT p.training_id, p.department, p.province, p.people
FROM training_participant p
WHERE $training_id = '' OR p.training_id = $training_id
ORDER BY p.training_id, list_position(['JC', 'FY', 'GA', 'JY', 'SJ', 'XX'], p.department), p.province
