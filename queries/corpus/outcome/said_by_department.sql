-- How much did each department say in all, endorsements among it?
SELECT department AS value, count(*) AS items
FROM corpus.item
GROUP BY department
ORDER BY department
