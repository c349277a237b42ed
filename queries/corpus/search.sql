-- Which items have all the words $words, and the terms in their text, or cite what was asked for? Latest first.
WITH hits AS (
    SELECT item_no
    FROM corpus.posting
    WHERE word_id IN (SELECT unnest($words::INTEGER[]))
    GROUP BY item_no
    HAVING count(*) = $n
),
citing AS (
    SELECT DISTINCT item_id
    FROM corpus.citation c
    WHERE len($cites::VARCHAR[]) > 0
      AND (list_contains($cites::VARCHAR[], replace(replace(c.label, '《', ''), '》', '')) OR list_contains($cites::VARCHAR[], replace(replace(c.raw, '《', ''), '》', ''))
           OR len(list_filter($cites::VARCHAR[], lambda x: contains(replace(replace(c.label, '《', ''), '》', ''), x))) > 0)
)
SELECT i.item_id, count(*) OVER () AS total
FROM corpus.item i
WHERE ((i.rowid IN (SELECT item_no FROM hits)
        AND len(list_filter($terms::VARCHAR[], lambda x: NOT contains(lower(i.text), x) AND NOT contains(lower(i.stem), x))) = 0)
       OR i.item_id IN (SELECT item_id FROM citing))
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
  AND ($topic = '' OR i.item_id IN (SELECT m.item_id FROM desk.member m JOIN desk.board b USING (group_key) WHERE starts_with(b.topic, $topic)))
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
