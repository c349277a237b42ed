-- Which items lie nearest to each item? Of items that did not move, as the last night found them.
INSERT INTO item_neighbor
SELECT * FROM previous.item_neighbor p
ANTI JOIN moved_item m USING (item_no)
WHERE $carried
UNION ALL
FROM new_neighbor
ORDER BY item_no, rank
