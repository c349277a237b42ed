-- Which courses are there, and how often and when last was each given?
WITH counted AS (
    SELECT s.course_no, count(*) AS times, count(DISTINCT t.training_id) AS trainings, max(t.starts_on) AS last_on
    FROM training_segment s
    JOIN training t USING (training_id)
    WHERE NOT t.cancelled AND coalesce(t.ends_on, t.starts_on) <= $today::DATE AND s.course_no > 0
    GROUP BY s.course_no
)
SELECT c.course_no, c.title, c.department, c.topics, c.forms, c.statutes, c.teachers, c.hours, c.given_before, c.rating, c.outline, c.active, c.version, c.updated_at,
    coalesce(n.times, 0) AS times, coalesce(n.trainings, 0) AS trainings, n.last_on
FROM course c
LEFT JOIN counted n USING (course_no)
ORDER BY c.course_no
