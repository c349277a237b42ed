-- Who said how much at each training? Items and endorsements.
SELECT i.training_id, i.department, i.province, count(*) AS items
FROM corpus.item i
WHERE i.training_id <> ''
GROUP BY i.training_id, i.department, i.province
ORDER BY i.training_id, i.department, i.province
