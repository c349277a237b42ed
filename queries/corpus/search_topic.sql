-- Which items stand in groups of the topic, with the terms in their text? Latest first.
SELECT i.item_id, count(*) OVER () AS total
FROM desk.board b
JOIN desk.member m USING (group_key)
JOIN corpus.item i USING (item_id)
WHERE starts_with(b.topic, $topic) AND b.state IN ('归并问题', '疑似同类', '个性问题')
  AND ((contains(i.text, $t1) AND contains(i.text, $t2) AND contains(i.text, $t3))
       OR ($latin AND contains(lower(i.text), $t1) AND contains(lower(i.text), $t2) AND contains(lower(i.text), $t3)))
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
