-- On which common issues is one of the five departments silent?
SELECT b.group_key
FROM desk.board b
WHERE b.state IN ('归并问题', '疑似同类') AND b.departments = 4
ORDER BY b.commonality DESC, b.items DESC, b.group_key
LIMIT 8
