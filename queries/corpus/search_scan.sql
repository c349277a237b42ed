-- Which items have the terms in their text? Every text is looked at; latest first.
SELECT i.item_id, count(*) OVER () AS total
FROM corpus.item i
WHERE ((contains(i.text, $t1) AND contains(i.text, $t2) AND contains(i.text, $t3))
       OR ($latin AND contains(lower(i.text), $t1) AND contains(lower(i.text), $t2) AND contains(lower(i.text), $t3)))
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
