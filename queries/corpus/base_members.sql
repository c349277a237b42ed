-- Which items does the corpus itself have in the groups $items?
SELECT group_key, item_id FROM corpus.member WHERE group_key IN ($items) ORDER BY group_key, rank, item_id
