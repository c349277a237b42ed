-- Which items have all the words $words? Latest first. No text is read: the index says it all.
WITH hits AS (
    SELECT item_no
    FROM corpus.posting
    WHERE word_id IN (SELECT unnest($words::INTEGER[]))
    GROUP BY item_no
    HAVING count(*) = $n
)
SELECT i.item_id, count(*) OVER () AS total
FROM hits
JOIN corpus.item i ON i.rowid = hits.item_no
WHERE true
  AND ($department = '' OR i.department = $department)
  AND ($province = '' OR i.province = $province)
  AND ($training = '' OR i.training_id = $training)
  AND ($kind = '' OR i.kind = $kind)
ORDER BY i.given_on DESC NULLS LAST, i.item_id
LIMIT $limit OFFSET $offset
