-- Which issues come back training after training?
SELECT b.group_key
FROM desk.board b
WHERE b.state IN ('归并问题', '疑似同类') AND b.trainings >= 2
ORDER BY b.trainings DESC, b.departments DESC, b.commonality DESC, b.group_key
LIMIT 8
