-- How many groups stand at each status?
SELECT state, status, count(*) AS groups, sum(items) AS items
FROM desk.board
WHERE state IN ('归并问题', '疑似同类')
GROUP BY state, status
ORDER BY state, status
