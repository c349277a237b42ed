-- Which items lie nearest to item $item_id?
SELECT o.item_id, n.rank, CAST(n.similarity AS DOUBLE) AS strength
FROM corpus.item_neighbor n
JOIN corpus.item o ON o.rowid = n.other_no
WHERE n.item_no = (SELECT rowid FROM corpus.item WHERE item_id = $item_id)
ORDER BY n.rank, o.item_id
LIMIT 10
