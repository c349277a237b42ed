-- How much does each department say on each chapter of the taxonomy?
SELECT d.department, t.parent, t.parent_name, sum(b.department_items[d.ordinal + 1]) AS items, count(*) FILTER (b.department_items[d.ordinal + 1] > 0) AS groups
FROM desk.board b
JOIN corpus.topic t USING (topic)
CROSS JOIN corpus.department d
WHERE b.state IN ('归并问题', '疑似同类') AND d.department <> 'XX'
GROUP BY ALL
ORDER BY t.parent, d.department
