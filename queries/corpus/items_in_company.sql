-- Which of the items $items stand in a group of two and more, and in which?
SELECT m.item_id, m.group_key
FROM desk.member m
JOIN desk.board b USING (group_key)
WHERE m.item_id IN ($items) AND b.items > 1 AND b.state IN ('归并问题', '疑似同类')
ORDER BY m.item_id
