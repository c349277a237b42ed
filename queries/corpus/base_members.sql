-- Which items does the corpus itself have in the groups $keys?
SELECT group_key, item_id FROM corpus.member WHERE group_key IN (SELECT unnest($keys)) ORDER BY group_key, rank, item_id
