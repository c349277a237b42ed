-- Which groups lie nearest to the group $key? More than a page shows: some have been merged since.
SELECT other_key AS group_key, similarity, proposed
FROM corpus.group_neighbor
WHERE group_key = $key
ORDER BY rank, other_key
LIMIT 40
