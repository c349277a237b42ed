-- What parts do the trainings have, in order? Of all, or of $training_id.
SELECT s.training_id, s.ordinal, s.form, s.title, s.given_on, s.course_no, s.teachers
FROM training_segment s
WHERE $training_id = '' OR s.training_id = $training_id
ORDER BY s.training_id, s.ordinal
