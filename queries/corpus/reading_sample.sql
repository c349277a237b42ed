-- Which memberships does a random sample draw from those of the machine? The same seed over the same corpus draws the same; only unsteady ones when $borderline.
SELECT m.item_id, m.group_key
FROM desk.member m
JOIN desk.board b USING (group_key)
WHERE b.items > 1 AND b.state IN ('归并问题', '疑似同类') AND NOT m.moved AND NOT m.decided AND (NOT $borderline OR m.borderline)
  AND ($department = '' OR m.item_id IN (SELECT item_id FROM corpus.item WHERE department = $department))
ORDER BY md5(m.item_id || ':' || $seed::VARCHAR), m.item_id
LIMIT $n
