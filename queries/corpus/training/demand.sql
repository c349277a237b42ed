-- How much is each topic asked about, by whom, and how much of it at the trainings $recent? Issues and suggested groups, not what stands alone.
WITH asked AS (
    SELECT b.topic, b.status, b.department_items, b.items,
        b.items > 1 AND (b.departments >= 3 OR b.provinces >= 5 OR b.trainings >= 2) AS common,
        coalesce(list_sum(list_transform(list_zip(b.training_list, b.training_items),
            lambda x: CASE WHEN list_contains($recent::VARCHAR[], x[1]) THEN x[2] ELSE 0 END)), 0) AS recent
    FROM desk.board b
    WHERE b.state IN ('归并问题', '疑似同类')
)
SELECT t.topic, t.name, t.parent, t.parent_name,
    CAST(coalesce(sum(a.items), 0) AS BIGINT) AS items,
    CAST(coalesce(sum(a.recent), 0) AS BIGINT) AS recent,
    count(a.topic) AS groups,
    count(*) FILTER (a.common) AS common,
    count(*) FILTER (a.common AND a.status <> '已反馈') AS open,
    [CAST(coalesce(sum(a.department_items[1]), 0) AS BIGINT), CAST(coalesce(sum(a.department_items[2]), 0) AS BIGINT),
     CAST(coalesce(sum(a.department_items[3]), 0) AS BIGINT), CAST(coalesce(sum(a.department_items[4]), 0) AS BIGINT),
     CAST(coalesce(sum(a.department_items[5]), 0) AS BIGINT)] AS by_department
FROM corpus.topic t
LEFT JOIN asked a USING (topic)
GROUP BY t.topic, t.name, t.parent, t.parent_name
ORDER BY t.topic
