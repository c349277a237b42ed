-- Which items have the terms in their text, or cite what was asked for? Every text is looked at; latest first.
WITH citing AS (
    SELECT DISTINCT item_id
    FROM corpus.citation c
    WHERE len($cites::VARCHAR[]) > 0
      AND len(list_filter($cites::VARCHAR[], lambda x: contains(replace(replace(c.label, '《', ''), '》', ''), x) OR contains(replace(replace(c.raw, '《', ''), '》', ''), x))) > 0
)
SELECT i.item_id, count(*) OVER () AS total
FROM corpus.item i
WHERE (len(list_filter($terms::VARCHAR[], lambda x: NOT contains(lower(i.text), x) AND NOT contains(lower(i.stem), x))) = 0
       OR i.item_id IN (SELECT item_id FROM citing))
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
  AND ($topic = '' OR i.item_id IN (SELECT m.item_id FROM desk.member m JOIN desk.board b USING (group_key) WHERE starts_with(b.topic, $topic)))
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
