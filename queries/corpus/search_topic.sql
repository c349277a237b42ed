-- Which items stand in groups of the topic?
SELECT m.item_id
FROM desk.board b
JOIN desk.member m USING (group_key)
WHERE starts_with(b.topic, $topic) AND b.state IN ('归并问题', '疑似同类', '个性问题')
