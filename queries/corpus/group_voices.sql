-- How many of the items $items did which department of which province say on which day, of which kind?
SELECT department, kind, province, given_on, count(*) AS items
FROM corpus.item
WHERE item_id IN ($items)
GROUP BY ALL
