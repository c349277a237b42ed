-- Which items cite the norm? $cites holds the spellings it may be labelled with; latest first.
WITH citing AS (
    SELECT DISTINCT c.item_id
    FROM corpus.citation c
    JOIN (SELECT unnest($cites::VARCHAR[]) AS spelling) s
      ON contains(replace(replace(c.label, '《', ''), '》', ''), s.spelling) OR contains(replace(replace(c.raw, '《', ''), '》', ''), s.spelling)
)
SELECT i.item_id, count(*) OVER () AS total
FROM citing
JOIN corpus.item i USING (item_id)
WHERE true
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
