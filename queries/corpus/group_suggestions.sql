-- Which undecided items might belong to the group $key? Those that stand in it already are among them.
-- A night keeps no more than the page is offered.
SELECT item_id, rank, score AS strength
FROM corpus.suggestion
WHERE group_key = $key
ORDER BY score DESC, item_id
LIMIT 60
