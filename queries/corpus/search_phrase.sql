-- Which items have all the words $words, standing together as they were typed? Latest first.
WITH hits AS (
    SELECT item_no
    FROM corpus.posting
    WHERE word_id IN (SELECT unnest($words::INTEGER[]))
    GROUP BY item_no
    HAVING count(*) = $n
)
SELECT i.item_id, count(*) OVER () AS total
FROM corpus.item i
WHERE i.rowid IN (SELECT item_no FROM hits)
  AND ((contains(i.text, $t1) AND contains(i.text, $t2) AND contains(i.text, $t3))
       OR ($latin AND contains(lower(i.text), $t1) AND contains(lower(i.text), $t2) AND contains(lower(i.text), $t3)))
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
