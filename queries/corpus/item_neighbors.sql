-- Which items lie nearest to item $item_id?
SELECT other_id AS item_id, rank, similarity AS strength
FROM corpus.item_neighbor
WHERE item_id = $item_id
ORDER BY rank, other_id
LIMIT 10
