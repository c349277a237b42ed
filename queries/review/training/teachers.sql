-- Who can teach what, and how often and when last did each?
WITH given AS (
    SELECT unnest(s.teachers) AS teacher_no, t.training_id, t.starts_on
    FROM training_segment s
    JOIN training t USING (training_id)
    WHERE NOT t.cancelled AND coalesce(t.ends_on, t.starts_on) <= $today::DATE
),
counted AS (
    SELECT teacher_no, count(*) AS times, count(DISTINCT training_id) AS trainings, max(starts_on) AS last_on
    FROM given
    GROUP BY teacher_no
)
SELECT t.teacher_no, t.name, t.department, t.unit, t.post, t.topics, t.forms, t.statutes, t.given_before, t.rating, t.note, t.active, t.version, t.updated_at,
    coalesce(c.times, 0) AS times, coalesce(c.trainings, 0) AS trainings, c.last_on
FROM teacher t
LEFT JOIN counted c USING (teacher_no)
ORDER BY t.teacher_no
