-- Which items meet the filters alone? Latest first.
SELECT i.item_id, count(*) OVER () AS total
FROM corpus.item i
WHERE true
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
